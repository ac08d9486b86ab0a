/// Names for things of one worker that messages of other threads may mention: slot and
/// generation. A name of something that is gone finds nothing, for ever.
struct SlotTable<Element> {
    private var slots: [UnsafeMutablePointer<Element>?] = []
    private var generations: [UInt32] = []
    private var free: [Int] = []
    private(set) var count = 0

    mutating func insert(_ element: UnsafeMutablePointer<Element>) -> UInt64 {
        count += 1
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            slots[slot] = element
        } else {
            slot = slots.count
            slots.append(element)
            generations.append(1)
        }
        return UInt64(generations[slot]) << 32 | UInt64(slot)
    }

    func find(_ handle: UInt64) -> UnsafeMutablePointer<Element>? {
        let slot = Int(handle & 0xFFFF_FFFF)
        guard slot < slots.count, generations[slot] == UInt32(handle >> 32) else { return nil }
        return slots[slot]
    }

    /// Whatever is in the slot now.
    func at(slot: Int) -> UnsafeMutablePointer<Element>? {
        slots.indices.contains(slot) ? slots[slot] : nil
    }

    mutating func remove(_ handle: UInt64) {
        let slot = Int(handle & 0xFFFF_FFFF)
        guard slot < slots.count, generations[slot] == UInt32(handle >> 32) else { return }
        slots[slot] = nil
        generations[slot] &+= 1
        free.append(slot)
        count -= 1
    }

    /// All elements at this moment, so that a caller may remove while it walks.
    var all: [UnsafeMutablePointer<Element>] { slots.compactMap { $0 } }
}
