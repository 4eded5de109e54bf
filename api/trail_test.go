package api_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// TestMain ends with a look back: every operation of the contract that must leave a row in the audit log has succeeded in some test, where its row was looked for
// (see apitest). It says nothing where only some tests were run.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		for _, operation := range unseen() {
			if flag.Lookup("test.skip").Value.String() != "" && slices.Contains(walked, operation) {
				continue
			}
			fmt.Printf("%s must leave a row in the audit log, but no test has called it successfully\n", operation)
			code = 1
		}
	}
	os.Exit(code)
}

// walked are the operations that succeed in the long walks alone, which the race detector does not see.
var walked = []string{"CancelTariffPreview", "DecideByAnalogy", "RotateClient", "WithdrawTariffCorrection", "WithdrawTariffDraft"}

func unseen() (operations []string) {
	spec, err := readSpec()
	if err != nil {
		panic(err)
	}
	for _, path := range spec.Paths.Map() {
		for _, o := range path.Operations() {
			if apitest.Traced(o.OperationID) && !apitest.Seen(o.OperationID) {
				operations = append(operations, o.OperationID)
			}
		}
	}
	slices.Sort(operations)
	return operations
}

// TestExceptionsFromTheTrailExist keeps the list of exceptions from outliving an operation, and from hiding one that changes something.
func TestExceptionsFromTheTrailExist(t *testing.T) {
	t.Parallel()
	known := map[string]operation{}
	for _, o := range operations(t) {
		known[o.OperationID] = o
	}
	for _, name := range apitest.Untraced() {
		o, ok := known[name]
		if !ok {
			t.Errorf("%s is no operation", name)
			continue
		}
		if keyed := o.needsKey(); keyed {
			t.Errorf("%s changes something and must leave a row", name)
		}
	}
}

// TestWhatNoOtherTestSucceedsAt calls operations whose refusals alone are tested elsewhere, so that their rows are looked for, too.
func TestWhatNoOtherTestSucceedsAt(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	editor, approver := c.SignIn(apitest.NationalEditor), c.SignIn(apitest.NationalApprover)

	var draft gen.TariffDraft
	editor.Must(editor.Do("POST", "/v1/tariffs/drafts", map[string]any{"reason": "x", "version": doubled(t, editor, "1405")}), 201, &draft)
	path := "/v1/tariffs/drafts/" + draft.Id.String()
	editor.Must(editor.Do("POST", path+"/submission", map[string]int{"revision": 1}), 200, nil)
	approver.Must(approver.Do("POST", path+"/return", map[string]string{"remark": "the rate is last year's"}), 200, nil)

	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.publish(wrongTariff, times(1, 2))
	var run gen.Correction
	editor.Must(editor.Once("POST", "/v1/tariffs/corrections", map[string]string{"wrong": wrongTariff, "right": rightTariff, "reason": because}), 201, &run)
	approver.Must(approver.Once("POST", "/v1/tariffs/corrections/"+run.Id.String()+"/approval", nil), 200, nil)

	clerk := c.SignIn(apitest.Clerk)
	var setup gen.SecondFactorSetup
	clerk.Must(clerk.Do("POST", "/v1/me/second-factor", map[string]string{"password": apitest.Password}), 201, &setup)
	clerk.Must(clerk.Do("POST", "/v1/me/second-factor/confirmation", map[string]string{"code": code(t, c.Server, setup.Secret)}), 200, nil)
	c.Clock.Advance(time.Minute)
	clerk.Must(clerk.Do("POST", "/v1/me/second-factor/removal", map[string]string{"password": apitest.Password, "code": code(t, c.Server, setup.Secret)}), 204, nil)
}
