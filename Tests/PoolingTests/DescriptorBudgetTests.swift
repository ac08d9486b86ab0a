import Pooling
import Testing

@Suite("File descriptors")
struct DescriptorBudgetTests {
    @Test(
        "clients end before servers, and servers before the proxy's own work",
        arguments: [
            (limit: 0, clients: 0, servers: 0),
            (8, 6, 7),
            (256, 192, 224),
            (1024, 768, 960),
            (4096, 3072, 4032),
            (65536, 64512, 65472),
            (-1, 0, 0),
            (Int.max, Int.max - 1024, Int.max - 64),
        ])
    func shares(limit: Int, clients: Int, servers: Int) {
        let budget = DescriptorBudget(limit: limit)
        #expect(budget.clientsEnd == clients)
        #expect(budget.serversEnd == servers)
        #expect(budget.limit == max(limit, 0))
    }

    @Test("the number of a descriptor decides")
    func numbers() {
        let budget = DescriptorBudget(limit: 256)
        #expect(budget.admits(client: 191))
        #expect(!budget.admits(client: 192))
        #expect(budget.admits(refused: 192))
        #expect(budget.admits(refused: 223))
        #expect(!budget.admits(refused: 224))
        #expect(DescriptorBudget.unlimited.admits(client: .max))
    }

    @Test("what the settings allow is compared with what is there")
    func need() {
        let limits = PermitBook.Limits(
            sessionsMax: 10, sessionsReserved: 0, waitersMax: 20, serversPerNodeMax: 15)
        #expect(limits.descriptorsMax(nodes: 2) == 60)
        #expect(limits.descriptorsMax(nodes: 0) == 30)
        #expect(DescriptorBudget(limit: 68).serversEnd == 60)
        #expect(DescriptorBudget(limit: 68).fits(limits, nodes: 2))
        #expect(!DescriptorBudget(limit: 67).fits(limits, nodes: 2))
        let endless = PermitBook.Limits(
            sessionsMax: 1, sessionsReserved: 0, waitersMax: .max, serversPerNodeMax: 1)
        #expect(endless.descriptorsMax(nodes: 1) == .max)
        let many = PermitBook.Limits(
            sessionsMax: 1, sessionsReserved: 0, waitersMax: 1, serversPerNodeMax: .max)
        #expect(many.descriptorsMax(nodes: 2) == .max)
    }

    @Test("a shortage is told when it begins and when it is over, once each")
    func shortage() {
        var shortage = DescriptorShortage()
        let quiet = DescriptorShortage.quietTime
        #expect(shortage.look(at: 1) == .none)
        #expect(shortage.refused(at: 10) == true)
        #expect(shortage.refused(at: 20) == false)
        // Another thread's clock may be a little behind.
        #expect(shortage.refused(at: 15) == false)
        #expect(shortage.look(at: 30) == .later(20 + quiet))
        #expect(shortage.look(at: 19 + quiet) == .later(20 + quiet))
        #expect(shortage.look(at: 20 + quiet) == .over(refused: 3))
        #expect(shortage.look(at: 21 + quiet) == .none)
        #expect(shortage.refused(at: 22 + quiet) == true)
        #expect(shortage.look(at: 22 + quiet + quiet) == .over(refused: 1))
        #expect(shortage.refusals == 4)
    }
}
