package dialplan

import (
	"strconv"
	"strings"
	"testing"
)

// Variables have room for so many bytes; one that is taken away, or grows less, makes some.
func TestVarsAreBounded(t *testing.T) {
	var v Vars
	value, n := strings.Repeat("x", 4000), 0
	for v.Set("v"+strconv.Itoa(n), value) {
		n++
	}
	if n < 4000 || n > MostVars/4000 {
		t.Fatalf("%d variables", n)
	}
	if v.Set("v0", value+value) {
		t.Error("one grows although there is no room")
	}
	if got, _ := v.Get("v0"); got != value {
		t.Error("what did not fit has changed it")
	}
	if !v.Set("v0", "") || !v.Set("new", value) {
		t.Error("no room after one became smaller")
	}
	v.Unset("v1")
	if !v.Set("__other", value) {
		t.Error("no room after one was taken away")
	}
	for i := range n {
		v.Unset("v" + strconv.Itoa(i))
	}
	v.Unset("new")
	v.Unset("other")
	if v.size != 0 {
		t.Errorf("%d bytes of nothing", v.size)
	}
}
