package access

import (
	"strings"

	"obelisk/internal/sipstack"
)

// sameResource says whether the uri of a digest means what a request asks for (RFC 7616
// 3.4.6), so that credentials that were overheard call no other number. Proxies on the
// way rewrite host, port, transport and parameters, some phones name the domain only, and
// a REGISTER goes to a domain: what counts is the user.
//
//	uri                       Request-URI
//	sip:200@10.0.0.1          sip:200@pbx.example:5062;transport=tcp   the same
//	sip:pbx.example           sip:200@pbx.example                      the same
//	sip:alice@pbx.example     sip:pbx.example                          of a REGISTER: the same
//	tel:+4930123              sip:+4930123@pbx.example;user=phone      the same
//	sip:600@pbx.example       sip:200@pbx.example                      another
func sameResource(uri, request string, register bool) bool {
	if uri == request {
		return true
	}
	asked, named := resourceUser(request), resourceUser(uri)
	return named == asked || named == "" || asked == "" && register
}

// resourceUser is the user of a URI, or the number of a tel URI, decoded and without
// parameters; "" where there is none. The scheme may be left out.
func resourceUser(uri string) string {
	uri = strings.Trim(uri, " \t<>")
	u, _ := sipstack.ParseURI(uri)
	if u.Scheme != "sip" && u.Scheme != "sips" && u.Scheme != "tel" {
		u, _ = sipstack.ParseURI("sip:" + uri)
	}
	user, _, _ := strings.Cut(u.User, ";")
	u.User = user
	return sipstack.UserOf(u)
}
