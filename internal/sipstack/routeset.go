package sipstack

import "strings"

// Routed is the Request-URI and the Route headers of a request to a target over a
// route set (RFC 3261 12.2.1.1). Where the first route is a strict router, one
// without the lr parameter, that is asked for, and the target is the last Route.
func Routed(target string, routes []string) (uri string, headers []string) {
	if len(routes) == 0 {
		return target, nil
	}
	first, ok := ParseNameAddr(routes[0])
	u, isURI := ParseURI(first.URI)
	if _, loose := u.Param("lr"); loose || !ok || !isURI {
		return target, routes
	}
	headers = append(make([]string, 0, len(routes)), routes[1:]...)
	return requestURI(first.URI), append(headers, "<"+target+">")
}

// requestURI is a URI without what may not stand in a Request-URI (RFC 3261
// 19.1.1): headers and the method parameter.
func requestURI(uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	base, params, found := strings.Cut(uri, ";")
	if !found {
		return uri
	}
	for _, p := range strings.Split(params, ";") {
		if name, _, _ := strings.Cut(p, "="); !strings.EqualFold(trim(name), "method") {
			base += ";" + p
		}
	}
	return base
}
