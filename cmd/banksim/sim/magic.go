package sim

// truncatedLine is the fault of a bill payment whose line in the return file is cut.
const truncatedLine = "truncated_line"

// magicUnit and magicRange: the last six digits of an amount choose a fault, in thousands, because bills are whole thousands of rial.
const (
	magicUnit  = 1_000
	magicRange = 1_000_000
)

// Magic gives the name of the fault that each ending of an amount chooses: what is left of it by 1,000,000 rial. 951,000 to 959,000 are
// late successes after 1 to 9 minutes.
func Magic() map[int64]string {
	return map[int64]string{
		901_000: "slow",
		902_000: "dead_before_effect",
		903_000: "dead_after_effect",
		904_000: "duplicate_callback",
		905_000: "callback_before_response",
		906_000: "forged_callback",
		907_000: "smaller_amount",
		908_000: "late_success",
		909_000: "reversed_by_bank",
		910_000: "wrong_terminal",
		911_000: truncatedLine,
		912_000: "fail",
		913_000: "settle_dropped",
	}
}

// magicScenario is what an amount chooses for its session; the zero Scenario for most.
func magicScenario(amount int64) Scenario {
	ending := amount % magicRange
	if minutes := (ending - 950_000) / magicUnit; ending%magicUnit == 0 && minutes >= 1 && minutes <= 9 {
		return Scenario{LateMinutes: int(minutes)}
	}
	return Named()[Magic()[ending]]
}
