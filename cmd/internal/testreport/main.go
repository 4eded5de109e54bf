// Command testreport runs every test runner of the project, shows what failed, and closes with one line that counts the tests
// of all of them, subtests included: "N passed, N failed", then ", N skipped" where any was. It exits with 1 unless all of them
// ran something and nothing failed.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var total tally
	for _, r := range runners() {
		total.add(r.run(ctx, os.Stdout, os.Stderr))
	}
	fmt.Println(total)
	if total.failed > 0 {
		stop() // os.Exit skips what is deferred
		os.Exit(1)
	}
}

// walks are the long tests that take one step after another, or kill processes of their own, where there is nothing to race: they run without the race detector, which
// would triple their time.
var walks = "^(" + strings.Join([]string{
	"TestSimulation", "TestASeedReproduces", "TestEveryRemedyOfEveryAnomaly", "TestALongBankFile", "TestAMillionLinesAreReadInPlace",
	"TestCrashRounds", "TestDemoOutlivesItsDeath", "TestAKilledWorkersJobIsDoneWithinAMinute", "TestPacksOf330Cities", "TestOneFilePerSystem",
	"TestLogsHoldNoPersonalData", "TestOddBodiesAreNeverOurFault", "TestDoor", "TestForeignTenantsFindNothing", "TestListsShowNothingForeign", "TestForeignIdsInBodiesFindNothing",
	"TestTheWalkNoticesEveryLeak", "TestTheWalkNoticesAWrongRole", "TestEveryTableIsIsolated", "TestEveryPolicyIsGuarded", "TestEveryDroppedPolicyIsMissed",
	"TestARedundantPolicyIsReported", "TestExactlyTheAffectedAreListed", "TestABillOfWhichAPartWentBackIsNotCorrected", "TestAListOfBaseValues",
	"TestVerifyRefusesEveryFlippedBit", "TestVerifyRefusesEveryDeletionAndInsertion", "TestRenderIsDeterministic", "TestRenderGivesOnePageWithEmbeddedFonts",
	"TestGoldenTables", "TestHistoriesStayWhole", "TestMergesStayWhole", "TestBalancesAreThoseOfTheNaiveModel",
}, "|") + ")$"

// runners are started one after the other from the root of the checkout: each fills the machine.
func runners() []runner {
	golang, walked := newGoReport(os.Stdout), newGoReport(os.Stdout)
	journeys := playwrightReport{file: filepath.Join("var", "test", "journeys.json"), out: os.Stdout}
	vitest := vitestReport{file: filepath.Join("var", "test", "vitest.json"), out: os.Stdout}
	return []runner{
		{
			command: []string{"go", "test", "-race", "-shuffle=on", "-p", "2", "-parallel", "4", "-timeout", "12m", "-skip", walks, "-json", "./..."},
			read:    golang.read,
			result:  golang.result,
		},
		{
			// All at once: the crash rounds mostly wait for leases to run out.
			command: []string{"go", "test", "-shuffle=on", "-p", "4", "-timeout", "10m", "-run", walks, "-json", "./api", "./billing/...", "./cmd/...", "./tenants/..."},
			read:    walked.read,
			result:  walked.result,
		},
		{
			// npm runs the script in web, so the path of the report goes up from there.
			command: []string{"npm", "--prefix", "web", "run", "--silent", "test:json", "--", filepath.Join("..", vitest.file)},
			prepare: vitest.prepare,
			read:    vitest.read,
			result:  vitest.result,
		},
		{
			// Journeys through the portal in a real browser, which programs of var/bin stand under; the path is one from the root of the checkout.
			command: []string{"env", "JOURNEYS_JSON=" + journeys.file, "npm", "--prefix", "web", "run", "--silent", "journeys"},
			prepare: journeys.prepare,
			read:    journeys.read,
			result:  journeys.result,
		},
	}
}
