package convert

import (
	"strings"
	"testing"
)

// What chan_sip and Obelisk answer with the one file, and chan_pjsip of Asterisk 20.20.1 with the other,
// was compared; each line here is one where the answers were not the same.
func TestAnswersTheSame(t *testing.T) {
	const phone = "[p]\ntype=endpoint\nauth=p\naors=p\n[p]\ntype=auth\nusername=p\npassword=x\n[p]\ntype=aor\nmax_contacts=1\n" +
		"default_expiration=120\nmaximum_expiration=600\n"
	const trunk = "[t]\ntype=endpoint\naors=t\n[t]\ntype=aor\ncontact=sip:192.0.2.1\n[t]\ntype=identify\nendpoint=t\nmatch=192.0.2.1\n"
	asked := strings.Replace(trunk, "aors=t\n", "aors=t\nauth=t\n", 1) + "[t]\ntype=auth\nusername=t\npassword=y\n"
	for _, x := range []struct {
		name, file, text string
		has, hasNot      []string
	}{
		{"Message-Account of a subscription", "sip.conf",
			"[general]\nvmexten=*97\n[p]\ntype=friend\nhost=dynamic\nmailbox=1@default\nsubscribemwi=yes\n",
			[]string{"[sip-general-aor](!)\nvoicemail_extension=*97\n"}, nil},
		{"strangers see hints of their own context", "sip.conf", "[general]\nallowguest=yes\ncontext=public\nsubscribecontext=hints\n",
			[]string{"[anonymous](sip-general-endpoint)\ntype=endpoint\nsubscribe_context=public\n"}, nil},
		{"a trunk with auth is known by its name too", "pjsip.conf", asked, []string{"[t]\ntype=friend\n"}, nil},
		{"without auth the name alone would let anyone in", "pjsip.conf", trunk, []string{"[t]\ntype=peer\n"}, []string{"type=friend"}},
		{"known by the address alone", "pjsip.conf", strings.Replace(asked, "aors=t\n", "aors=t\nidentify_by=ip\n", 1),
			[]string{"[t]\ntype=peer\n"}, nil},
		{"times of registration of those who register", "pjsip.conf", phone + trunk, []string{"maxexpiry=600\n", "defaultexpiry=120\n"}, nil},
		{"OPTIONS is asked for credentials", "pjsip.conf", phone, []string{"auth_options_requests=yes\n"}, nil},
		{"OPTIONS is not", "pjsip.conf", strings.Replace(phone, "aors=p\n", "aors=p\nallow_unauthenticated_options=yes\n", 1), nil,
			[]string{"auth_options_requests=yes"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			make := ToSIP
			if x.file == "sip.conf" {
				make = ToPJSIP
			}
			r, err := make(source(map[string]string{x.file: x.text}))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range x.has {
				if !strings.Contains(r.Files[0].Text, s) {
					t.Errorf("%q is not in\n%s", s, r.Files[0].Text)
				}
			}
			for _, s := range x.hasNot {
				if strings.Contains(r.Files[0].Text, s) {
					t.Errorf("%q is in\n%s", s, r.Files[0].Text)
				}
			}
		})
	}
}
