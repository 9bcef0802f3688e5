package fn

import (
	"strings"
	"testing"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Variables of this channel, of all, of others.
func TestVariables(t *testing.T) {
	b := newBoard(t, "[test]\nexten => s,1,NoOp()\n")
	other := b.another(pbx.CallerID{Num: "9"})
	other.SetVar("V", "theirs")
	b.core.SetGlobal("G", "all")
	names := strings.NewReplacer("OTHER", other.Name(), "ME", b.ch.Name())
	for _, r := range [][2]string{
		{"Set V=mine", ""},
		{"${GLOBAL(G)} ${GLOBAL(V)}.", "all ."}, {"Set GLOBAL(__H)=1", ""}, {"${GLOBAL(H)} ${H}", "1 1"},
		{"${VARIABLE_EXISTS(V)}${VARIABLE_EXISTS(G)}${VARIABLE_EXISTS(W)}${GLOBAL_EXISTS(G)}${GLOBAL_EXISTS(V)}", "11010"},
		{"Set DELETE(V)=", ""}, {"${VARIABLE_EXISTS(V)}", "0"}, {"Set GLOBAL_DELETE(G)=", ""}, {"${GLOBAL_EXISTS(G)}", "0"},
		{"${IMPORT(OTHER,V)} ${IMPORT(OTHER,CALLERID(num))}", "theirs 9"},
		{"Set EXPORT(OTHER,V)=given", ""}, {"${IMPORT(OTHER,V)}", "given"},
		{"Set EXPORT(nobody,V)=given", "there is no channel 'nobody'"},
		{"Set EXPORT(OTHER)=given", "arguments are missing"},
		{"Set SHARED(S)=1", ""}, {"Set SHARED(S,OTHER)=2", ""}, {"${SHARED(S)}${SHARED(S,OTHER)}${SHARED(S,ME)}", "121"},
		{"Set SHARED(S,nobody)=2", "there is no such channel"},
		{"${SET(X=1)}${X}", "11"}, {"Set ARRAY(a,b,c)=1,\"2,3\"", ""}, {"${a}/${b}/${c}/", "1/2,3//"},
		{"Set HASH(t,one)=1", ""}, {"Set HASH(t,two)=2", ""},
		{"${HASHKEYS(t)} ${HASH(t)} ${HASH(t,one)} ${HASH(t,nope)}.", "two,one 2,1 1 ."},
		{"Set ~ODBCFIELDS~=k,l", ""}, {"Set HASH(row)=7,8,9", ""}, {"${HASH(row,k)}${HASH(row,l)}", "78"},
		{"${CHANNEL_EXISTS(OTHER)}${CHANNEL_EXISTS(nobody)}", "10"},
		{"${CHANNELS()}", "ME OTHER"}, {"${CHANNELS(0001$)}", "OTHER"},
		{"${MASTER_CHANNEL(X)}", "1"}, {"Set MASTER_CHANNEL(X)=2", ""}, {"${X}", "2"},
		{"${DIALPLAN_EXISTS(test)}${DIALPLAN_EXISTS(test,s)}${DIALPLAN_EXISTS(test,s,1)}${DIALPLAN_EXISTS(test,s,2)}${DIALPLAN_EXISTS(test,t)}${DIALPLAN_EXISTS(no)}",
			"111000"},
		{"${VALID_EXTEN(test,s)}${VALID_EXTEN(,s)}${VALID_EXTEN(test,x)}${VALID_EXTEN(test,s,1)}${VALID_EXTEN(test,s,label)}", "11010"},
		{"${EXCEPTION(reason)}", ""}, {"${LOCAL(X)}.", "."}, {"Set LOCAL(X)=3", "there is no subroutine that runs"},
		{"${LOCAL_PEEK(0,X)}${LOCAL_PEEK(x,X)}", "22"},
	} {
		b.rows(t, [][2]string{{names.Replace(r[0]), names.Replace(r[1])}})
	}
	b.refused(t, [][2]string{{"${IMPORT(nobody,V)}", "there is no such channel"}, {"${SHARED(S,nobody)}", "there is no such channel"},
		{"${STACK_PEEK(1,c)}", "not so many subroutines"},
		{"${LOCAL_PEEK(1)}", "arguments are missing"},
		{"${DIALPLAN_EXISTS()}", "arguments are missing"}, {"${VALID_EXTEN(test)}", "arguments are missing"},
		{"${CHANNEL_EXISTS()}", "arguments are missing"}, {"${CHANNELS([)}", "CHANNELS"},
		{"${NOSUCH(x)}", "Function NOSUCH not registered"}, {"${DELETE(x)}", "Function DELETE cannot be read"}})
}

// A channel's subroutines: where they return to, and what is theirs.
func TestSubroutines(t *testing.T) {
	b := newBoard(t, `[test]
exten => s,1,NoOp()
[sub]
exten => s,1,Set(LOCAL(X)=inner)
same => n,Set(R=${STACK_PEEK(1,c)} ${STACK_PEEK(1,e)} ${STACK_PEEK(1,p)} ${STACK_PEEK(1,l)} ${X} ${LOCAL_PEEK(1,X)} ${ARG1}${ARGC})
same => n,Return(back ${ARG1})
exten => loose,1,NoOp()
[asked]
exten => 7,1,NoOp(${EXTEN} ${X})
`)
	b.set("X=outer")
	b.rows(t, [][2]string{
		{"${EVAL_SUB(sub,s,1,arg)}", "back arg"}, {"${R}", "test s 1 test,s,1 inner outer arg1"}, {"${X}", "outer"},
		{"${EVAL_EXTEN(asked,7,1)}", "s outer"},
	})
	b.refused(t, [][2]string{
		{"${EVAL_SUB(sub,loose,1)}", "the subroutine does not return"}, {"${EVAL_SUB(,,)}", "EVAL_SUB"},
		{"${EVAL_EXTEN(asked,8,1)}", "there is no such step"}, {"${EVAL_EXTEN(x)}", "EVAL_EXTEN"},
	})
}

// Groups: one for each category; they count channels.
func TestGroups(t *testing.T) {
	b := newBoard(t, "")
	for i, group := range []string{"sales", "sales", "support", "other@kind"} {
		c := b.another(pbx.CallerID{})
		if err := c.WriteFunction("GROUP", "", group); err != nil {
			t.Fatal(i, err)
		}
	}
	b.rows(t, [][2]string{
		{"${GROUP()}.${GROUP_COUNT()}.${GROUP_LIST()}.", ".0.."},
		{"${GROUP_COUNT(sales)} ${GROUP_COUNT(other)} ${GROUP_COUNT(other@kind)} ${GROUP_COUNT(sales@kind)}", "2 1 1 0"},
		{"${GROUP_MATCH_COUNT(s)} ${GROUP_MATCH_COUNT(^su)} ${GROUP_MATCH_COUNT(o@kind)} ${GROUP_MATCH_COUNT(.@)}", "3 1 1 4"},
		{"Set GROUP()=sales", ""}, {"Set GROUP(kind)=other", ""},
		{"${GROUP()} ${GROUP(kind)} ${GROUP_LIST()} ${GROUP_COUNT()} ${GROUP_COUNT(@kind)}", "sales other sales other@kind 3 2"},
		{"Set GROUP()=", ""}, {"${GROUP_COUNT(sales)} ${GROUP()}", "2 other"},
	})
	if g := Groups(b.core); len(g) != 5 || g[0][1:][0] != "other" || g[0][2] != "kind" {
		t.Errorf("%v", g)
	}
	b.log.Reset()
	if got := dialplan.Expand("${GROUP_MATCH_COUNT([)}", b.ch); got != "0" || b.warned() == "" {
		t.Errorf("a broken expression counts %q", got)
	}
}

// What sent a call to "e".
func TestException(t *testing.T) {
	b := newBoard(t, "[test]\nexten => s,1,NoOp()\nexten => e,1,NoOp()\n")
	b.ch.Raise("MINE")
	b.rows(t, [][2]string{{"${EXCEPTION(reason)} ${EXCEPTION(context)} ${EXCEPTION(exten)} ${EXCEPTION(priority)}", "MINE test s 1"}})
	b.refused(t, [][2]string{{"${EXCEPTION(x)}", "unknown field"}})
}
