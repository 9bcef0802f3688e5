package dialplan

import (
	"strings"
	"testing"
	"testing/fstest"

	"obelisk/internal/config"
)

// Extensions of a module are beside those of the file, which go before, and come and go together.
func TestWithOwn(t *testing.T) {
	f, err := config.Load(
		config.FS{FS: fstest.MapFS{"extensions.conf": {Data: []byte("[phones]\ninclude => lot\n[mine]\nexten => 702,1,NoOp(file)\n")}}},
		"extensions.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	base, diags := Compile(f, nil, "lot")
	if len(diags) != 0 {
		t.Errorf("%v", diags)
	}
	list := []OwnStep{{Context: "lot", Exten: "701", App: "ParkedCall", Args: "default,701", Hint: "park:701@lot",
		Registrar: "res_parking/default"},
		{Context: "mine", Exten: "702", App: "ParkedCall", Registrar: "res_parking/two"}, {Context: "mine", Exten: "703", App: "ParkedCall",
			Registrar: "res_parking/two"}}
	p := base.WithOwn("res_parking", list)
	if hit, ok := p.Find("phones", "701", 1, Query{}); !ok || hit.Priority.App != "ParkedCall" || hit.Priority.Args.Raw() != "default,701" {
		t.Errorf("701 is not there: %v", ok)
	}
	if h, ok := p.Hint("phones", "701", Query{}); !ok || h.Devices != "park:701@lot" {
		t.Error("it has no hint")
	}
	if hit, _ := p.Find("mine", "702", 1, Query{}); hit.Priority.App != "NoOp" {
		t.Error("the file's own step has gone")
	}
	if again := p.WithOwn("res_parking", list); again.Contexts["mine"].Extensions[1].steps() != 1 ||
		len(again.Contexts["lot"].Extensions) != 1 {
		t.Error("given twice, it is there twice")
	}
	if other := p.WithOwn("res", nil); !other.Exists("phones", "701", Query{}) {
		t.Error("another module takes it away")
	}
	var saved strings.Builder
	if p.Save(&saved, nil); strings.Contains(saved.String(), "701") {
		t.Error("it is saved as a line of the file")
	}
	gone := p.WithOwn("res_parking", nil)
	if gone.Exists("phones", "701", Query{}) || gone.Exists("mine", "703", Query{}) || !gone.Exists("mine", "702", Query{}) ||
		gone.Contexts["lot"] != nil {
		t.Error("it does not go")
	}
	if base.Contexts["lot"] != nil || len(base.Contexts["mine"].Extensions) != 1 {
		t.Error("the plan that there was has changed")
	}
}
