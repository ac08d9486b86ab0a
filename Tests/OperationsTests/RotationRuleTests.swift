import Operations
import Testing

@Suite struct RotationRuleTests {
    private func rule(minutes: Int, kilobytes: Int) -> RotationRule {
        RotationRule(
            .init(rotationAgeMinutes: minutes, rotationSizeKilobytes: kilobytes))
    }

    @Test("daily files change at local midnight")
    func midnight() {
        let day = rule(minutes: 1440, kilobytes: 0)
        // 2026-02-03 10:11:12 UTC; midnight comes later in the west and earlier in the east.
        let now: Int64 = 1_770_113_472
        let midnight: Int64 = 1_770_163_200
        #expect(day.nextRotation(after: now, secondsEastOfUTC: 0) == midnight)
        #expect(day.nextRotation(after: now, secondsEastOfUTC: 3600) == midnight - 3600)
        #expect(day.nextRotation(after: now, secondsEastOfUTC: -18000) == midnight + 18000)
    }

    @Test("a rotation time itself is over at once: the next one follows")
    func exactlyOnTime() {
        let hour = rule(minutes: 60, kilobytes: 0)
        #expect(hour.nextRotation(after: 7200, secondsEastOfUTC: 0) == 10800)
        #expect(rule(minutes: 0, kilobytes: 0).nextRotation(after: 5, secondsEastOfUTC: 0) == nil)
    }

    @Test(
        "age and size decide",
        arguments: [
            (99, 0, RotationRule.Decision.keep), (100, 0, .newFileByAge),
            (99, 2047, .keep), (99, 2048, .newFileBySize), (100, 4096, .newFileByAge),
        ] as [(Int64, Int64, RotationRule.Decision)])
    func decisions(now: Int64, size: Int64, expected: RotationRule.Decision) {
        let rule = rule(minutes: 1, kilobytes: 2)
        #expect(rule.decision(now: now, nextRotation: 100, sizeBytes: size) == expected)
    }

    @Test("zero switches a rule off")
    func off() {
        let never = rule(minutes: 0, kilobytes: 0)
        #expect(never.decision(now: .max, nextRotation: nil, sizeBytes: .max) == .keep)
    }

    @Test("only the clock truncates, only another file, and only when asked to")
    func truncation() {
        func truncates(
            _ decision: RotationRule.Decision, _ wanted: Bool, _ old: String?, _ new: String
        ) -> Bool {
            RotationRule.truncates(decision, wanted: wanted, from: old, to: new)
        }
        #expect(truncates(.newFileByAge, true, "mon.log", "tue.log"))
        #expect(!truncates(.newFileByAge, true, "mon.log", "mon.log"))
        #expect(!truncates(.newFileByAge, true, nil, "mon.log"))
        #expect(!truncates(.newFileByAge, false, "mon.log", "tue.log"))
        #expect(!truncates(.newFileBySize, true, "mon.log", "tue.log"))
    }
}
