/// Everything the configuration says, typed: one value per load, immutable once posted.
package struct Settings: Sendable, Equatable {
    package init() {}
}
