/// A socket of one reactor: slot and generation. An id of a closed socket is stale for ever, so a
/// late event or message can never reach the next user of the slot.
public struct SocketID: Hashable, Sendable, BitwiseCopyable {
    public let slot: UInt32
    public let generation: UInt32

    /// Names no socket.
    public static let none = SocketID(slot: .max, generation: 0)

    public init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// What happened, as ``Reactor/next()`` reports it. Completion-shaped: bytes have already been
/// received, a backlog has already been sent, so that io_uring can stand behind the same words.
public struct Completion {
    public enum Kind: UInt8, Sendable {
        /// A listener has connections waiting: call ``Reactor/accept(_:)`` until it returns nil.
        case acceptable
        /// ``Completion/bytes`` arrived; they are valid until the next call of `next()`.
        case received
        /// The peer closed its side in good order.
        case ended
        /// The backlog, which an earlier send had left, is now with the kernel.
        case drained
        /// A connect succeeded.
        case connected
        /// The socket is broken or could not connect; ``Completion/error`` is the errno.
        case failed
        /// Another thread rang the ``Waker``.
        case woken
        /// The time given to `next(deadline:)` has come.
        case timeout
    }

    public let kind: Kind
    public let id: SocketID
    /// What the owner stored with the socket: a tag or a pointer.
    public let owner: UInt
    public let bytes: UnsafeRawBufferPointer
    public let error: Int32

    init(
        _ kind: Kind, id: SocketID = .none, owner: UInt = 0,
        bytes: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        error: Int32 = 0
    ) {
        self.kind = kind
        self.id = id
        self.owner = owner
        self.bytes = bytes
        self.error = error
    }
}

/// What became of the bytes given to ``Reactor/send(_:_:_:)``.
public enum SendOutcome: Sendable, Equatable {
    /// The kernel has them all.
    case sent
    /// Some wait in the socket's backlog; a `drained` completion will follow.
    case queued(backlogBytes: Int)
    /// The socket is broken or stale. A `failed` completion need not follow: close it.
    case failed
}

/// A range of bytes to send: laid out as the kernel's `iovec`.
public struct SendRange {
    public var base: UnsafeRawPointer?
    public var count: Int

    public init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress
        count = bytes.count
    }

    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}
