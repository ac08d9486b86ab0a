/// Numbers that stand for databases, the same in all threads for as long as the proxy runs. Given
/// at a login that a server has accepted, so that there are no more than databases.
struct DatabaseNumbers: Sendable {
    private var numbers: [[UInt8]: Int] = [:]

    mutating func number(_ name: [UInt8]) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = numbers.count
        return numbers.count - 1
    }
}
