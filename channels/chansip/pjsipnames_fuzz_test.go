package chansip

import (
	"strings"
	"testing"
)

// Whatever stands behind PJSIP/ becomes something that is no longer than it, and the same twice.
func FuzzPJSIPResource(f *testing.F) {
	for _, s := range []string{"101", "7@trunk", "101/sip:7@10.0.0.1:5060;transport=tcp", "101/sips:[::1]", "a/b/c", "/sip:@",
		"x/sip:u%40@h:99999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, resource string) {
		got := pjsipResource(nil, resource)
		if len(got) > len(resource)+8 {
			t.Errorf("%q became %q", resource, got)
		}
		if strings.Contains(got, "/sip:") && got != resource {
			t.Errorf("%q became %q, which is a URI behind a name still", resource, got)
		}
	})
}

// The arguments of PJSIP_HEADER give a name, or an error; what fits a name is found by it.
func FuzzPJSIPHeaderCall(f *testing.F) {
	for _, s := range []string{"read,From", "add,X-A", "remove,X-*", "read,To,2", ",", "read,*", "READ, Call-ID ,-1", "read,,9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, args string) {
		h, err := parseHeaderCall(args)
		switch {
		case err != nil:
		case !h.fits(h.name):
			t.Errorf("%q does not fit its own name %q", args, h.name)
		case h.begins != h.fits(h.name+"x"):
			t.Errorf("%q fits more than its name, or not: %+v", args, h)
		}
	})
}
