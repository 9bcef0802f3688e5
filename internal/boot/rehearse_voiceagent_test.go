package boot

import (
	"testing"
)

// Agents that speak are played by scripts: nothing is connected to.
func TestVoiceAgentsAreRehearsed(t *testing.T) {
	dir := t.TempDir()
	rehearsesWell(t, dir, map[string]string{
		"asterisk.conf": "[directories]\nastspooldir => " + dir + "/spool\n",
		"extensions.conf": "[in]\nexten => 1,1,VoiceAgent(shop)\n same => n,NoOp(${VOICEAGENTSTATUS})\n same => n,Hangup()\n" +
			"exten => 120,1,Dial(SIP/120,30)\n[lost]\nexten => s,1,NoOp(${VOICEAGENTSTATUS})\n",
		"voiceagent.conf": "[shop]\nuri=ws://192.0.2.1/\nfallback=s@lost\ntries=2\n",
		"a.test": `[a key chooses the colleague]
dial = 1@in
voiceagent shop = says 3 s, transfer 120 wants a refund on 2, hangup after 60 s
press = 12 after 5 s
when SIP/120 = answer after 1 s, hangup after 10 s
expect step = VoiceAgent(shop)
expect dial = SIP/120
expect variable VOICEAGENT_SUMMARY = wants a refund
expect variable VOICEAGENTSTATUS = TRANSFER
expect voiceagent shop = reached 1 times, keys 12

[the agent breaks and is there again]
dial = 1@in
voiceagent shop = breaks after 2 s, says 1 s, done
expect step = NoOp(DONE)
expect voiceagent shop = reached 2 times*

[it stays away]
dial = 1@in
voiceagent shop = breaks after 2 s, unreachable
expect step = NoOp(FALLBACK)

[nobody plays it]
dial = 1@in
expect step = NoOp(FALLBACK)
expect voiceagent shop = no script

[it hangs up]
dial = 1@in
voiceagent shop = says 2 s, hangup
expect variable VOICEAGENTSTATUS = HANGUP
`,
	})
}
