package sipconf

import (
	"slices"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/config"
)

// Secured says whether the endpoint is asked for credentials.
func (p *Peer) Secured() bool {
	return p.Secret != "" || p.AKA != nil || p.HA1 != [auth.Hashes]string{}
}

// SecretLines are the options of the endpoint that hold something secret.
func (p *Peer) SecretLines() (options []string) {
	for option, set := range map[string]bool{"secret": p.Secret != "", "md5secret": p.HA1[auth.MD5] != "",
		"sha256secret": p.HA1[auth.SHA256] != "", "sha512_256secret": p.HA1[auth.SHA512256] != "", "remotesecret": p.RemoteSecret != "",
		"aka_k": p.AKA != nil} {
		if set {
			options = append(options, option)
		}
	}
	return options
}

// checkAccount tells of secrets that do not fit together.
func (p *Peer) checkAccount(diags *[]config.Diagnostic) {
	if p.AKA != nil && !p.AKA.Complete() {
		note(diags, p.Line("aka_k"), "peer '%s' needs aka_k and one of aka_op and aka_opc: its credentials are never right", p.Name)
	}
	if p.Reg.Algorithms == nil || !p.Secured() {
		return
	}
	if !slices.ContainsFunc(p.Reg.Algorithms, p.HasSecretFor) {
		note(diags, p.Line("auth_algorithms"), "peer '%s' has no secret for any of its auth_algorithms: its credentials are never right", p.Name)
	}
}

// HasSecretFor reports whether a digest of an algorithm can be verified.
func (p *Peer) HasSecretFor(x auth.Algorithm) bool {
	if x.AKA() {
		return p.AKA.Complete()
	}
	return p.Secret != "" || p.HA1[x] != ""
}

// HasDigestUser says whether a digest user name is the endpoint's. One that is named with
// its domain may leave it out.
func (p *Peer) HasDigestUser(user string) bool {
	if p.AuthUser != "" {
		return user == p.AuthUser
	}
	short, _, tenant := strings.Cut(p.Name, "@")
	return user == p.Name || tenant && user == short
}

// Secrets says what authentication an endpoint has, without showing any.
func (p *Peer) Secrets() (secret, md5, remote bool) {
	return p.Secret != "", p.HA1[auth.MD5] != "", p.RemoteSecret != ""
}

// CountsCalls says whether the peer's state shows its calls.
func (p *Peer) CountsCalls() bool { return p.CallLimit > 0 }
