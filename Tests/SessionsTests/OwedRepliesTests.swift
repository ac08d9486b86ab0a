import Sessions
import Testing

@Suite("Owed replies")
struct OwedRepliesTests {
    private func owed(_ kinds: [OwedReplies.Kind]) -> OwedReplies {
        var owed = OwedReplies()
        for kind in kinds { owed.append(kind) }
        return owed
    }

    @Test("first in, first out, over many turns of the ring")
    func order() {
        var owed = OwedReplies()
        let kinds: [OwedReplies.Kind] = [.parse, .bind, .execute, .sync, .query]
        for round in 0..<100 {
            for kind in kinds { owed.append(kind) }
            if round % 3 == 0 { owed.append(.insertedQuery) }
            for kind in kinds { #expect(owed.removeFirst() == kind) }
            if round % 3 == 0 { #expect(owed.removeFirst() == .insertedQuery) }
        }
        #expect(owed.isEmpty)
        #expect(owed.readyCount == 0)
        #expect(owed.removeFirst() == nil)
    }

    @Test("only what ends with ReadyForQuery is counted as such")
    func readyCount() {
        let ready: Set<OwedReplies.Kind> = [
            .query, .sync, .functionCall, .insertedQuery, .insertedPrepare, .insertedSync,
        ]
        for raw in UInt8.min...UInt8.max {
            guard let kind = OwedReplies.Kind(rawValue: raw) else { continue }
            #expect(kind.endsWithReady == ready.contains(kind), "\(kind)")
            #expect(owed([kind]).readyCount == (ready.contains(kind) ? 1 : 0), "\(kind)")
        }
    }

    @Test("the end of a COPY that never began disappears with the statement before it")
    func strayCopyEnd() {
        var queue = owed([.query, .copyEnd, .copyEnd, .sync])
        #expect(queue.removeFirst() == .query)
        #expect(queue.kinds == [.sync])
    }

    @Test(
        "an error drops everything before the next Sync",
        arguments: [
            ([.parse, .bind, .execute, .sync], 1, .sync, [.sync]),
            (
                [.bind, .query, .functionCall, .insertedSync, .sync], 0, .insertedSync,
                [.insertedSync, .sync]
            ),
            ([.insertedClose, .insertedParse, .bind, .close, .copyEnd, .sync], 3, .sync, [.sync]),
            ([.parse, .parse], 2, nil, []),
            ([.sync, .query], 0, .sync, [.sync, .query]),
            ([], 0, nil, []),
        ] as [([OwedReplies.Kind], Int, OwedReplies.Kind?, [OwedReplies.Kind])])
    func skip(
        _ kinds: [OwedReplies.Kind], _ statements: Int, _ end: OwedReplies.Kind?,
        _ rest: [OwedReplies.Kind]
    ) {
        var queue = owed(kinds)
        let skipped = queue.skipToSync()
        #expect(skipped.statementCount == statements)
        #expect(skipped.end == end)
        #expect(queue.kinds == rest)
        #expect(queue.readyCount == rest.count { $0.endsWithReady })
    }

    @Test(
        "a COPY takes the Syncs before its end and the end itself",
        arguments: [
            ([.query], false, 0, [.query]),
            ([.query, .copyEnd], true, 0, [.query]),
            ([.query, .copyEnd, .copyEnd, .sync], true, 0, [.query, .copyEnd, .sync]),
            ([.query, .sync, .copyEnd, .query], true, 1, [.query, .query]),
            ([.execute, .sync], false, 1, [.execute]),
            ([.execute, .copyEnd, .sync], true, 0, [.execute, .sync]),
            ([.execute, .sync, .sync, .copyEnd, .sync], true, 2, [.execute, .sync]),
            ([.execute, .parse, .sync], false, 0, [.execute, .parse, .sync]),
            ([], false, 0, []),
        ] as [([OwedReplies.Kind], Bool, Int, [OwedReplies.Kind])])
    func copy(
        _ kinds: [OwedReplies.Kind], _ hasEnded: Bool, _ ignored: Int, _ rest: [OwedReplies.Kind]
    ) {
        var queue = owed(kinds)
        let start = queue.copyInBegan()
        #expect(start.hasEnded == hasEnded)
        #expect(start.ignoredSyncs == ignored)
        #expect(queue.kinds == rest)
        #expect(queue.readyCount == rest.count { $0.endsWithReady })
    }

    @Test("disowned, every answer is ours and the count of ReadyForQuery stays")
    func disown() {
        var queue = owed([
            .query, .functionCall, .parse, .bind, .describe, .execute, .close, .copyEnd, .sync,
            .insertedParse, .insertedQuery,
        ])
        queue.disown()
        #expect(
            queue.kinds == [
                .insertedQuery, .insertedQuery, .insertedParse, .insertedBind, .insertedDescribe,
                .insertedExecute, .insertedClose, .copyEnd, .insertedSync, .insertedParse,
                .insertedQuery,
            ])
        #expect(queue.readyCount == 4)
    }
}
