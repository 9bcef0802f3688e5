package confbridge

import (
	"slices"
	"strings"
	"testing"
)

// What record_options say, and what is wrong in them.
func TestTaping(t *testing.T) {
	for text, want := range map[string]taping{
		"":                          {},
		"ad":                        {more: true, remove: true},
		"V(4)":                      {doubled: 4},
		"W(-2)b":                    {doubled: -2},
		"v(4)":                      {}, // of what the recorder says
		"r(in.wav)t(/x/out.wav)":    {sent: "/x/out.wav", received: "/m/in.wav"},
		"m(100@default)i(X)B(20)pP": {},
	} {
		if k, problems := readTaping(text, "/m"); k != want || len(problems) > 0 {
			t.Errorf("%s: %+v, %v", text, k, problems)
		}
	}
	_, problems := readTaping("V(9)t()Z", "/m")
	if all := strings.Join(problems, "; "); len(problems) != 3 || !strings.Contains(all, "not '9'") ||
		!strings.Contains(all, "option t takes") {
		t.Errorf("%s", all)
	}
	for doubled, want := range map[int][]int16{0: {100, -20000}, 1: {200, -32768}, -2: {25, -5000}} {
		if got := scaled(nil, []int16{100, -20000}, doubled); !slices.Equal(got, want) {
			t.Errorf("%d times doubled: %v", doubled, got)
		}
	}
}
