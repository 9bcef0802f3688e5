package fn

import (
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
)

// Texts and lists, where their arguments are odd.
func TestTexts(t *testing.T) {
	b := newBoard(t, "")
	b.ch.SetVar("L", "one,two,,four")
	b.ch.SetVar("T", "a\tb\nc")
	b.ch.SetVar("E", "${L:0:3}")
	b.rows(t, [][2]string{
		{"${CUT(L,\\,,2-3)}|${CUT(L,\\,,-2)}|${CUT(L,\\,,4&1)}|${CUT(L,\\,,9)}|${CUT(T,\\\\t,2):0:1}", "two,|one,two|four||b"},
		{"${FIELDQTY(L,\\,)}${FIELDQTY(NONE,\\,)}${FIELDQTY(L)}${FIELDNUM(L,\\,,four)}${FIELDNUM(L,\\,,five)}${FIELDNUM(NONE,\\,,x)}",
			"401400"},
		{"${LISTFILTER(L,\\,,two)}", "one,,four"}, {"${SHIFT(L)}|${L}|${POP(L)}|${L}", "one|two,,four|four|two,"},
		{"Set PUSH(L)=end", ""}, {"Set UNSHIFT(L)=top", ""}, {"${L}", "top,two,,end"},
		{"Set PUSH(N)=1", ""}, {"Set PUSH(N,:)=2", ""}, {"${N}", "1:2"}, {"${POP(N,:)}${POP(N,:)}.${N}.", "21.."},
		{"${SORT(a:3,b:1,c:2,broken)}", "b,c,a"}, {"${REPLACE(T,\\\\t\\\\n,-)}|${REPLACE(T,\\\\x09)}", "a-b-c|ab\nc"},
		{"${STRREPLACE(L,t,T,1)} ${STRREPLACE(L,\\,\\,)}", "Top,two,,end top,twoend"},
		{"${STRBETWEEN(N,.)}${STRBETWEEN(L,.):0:5}", "t.o.p"},
		{"${TOUPPER(aä)}${TOLOWER(AÄ)}", "AäaÄ"}, {"${KEYPADHASH(Les PaulZ9*)}", "5377285" + "99"},
		{"${BASE64_DECODE(aGVsbG8=)}${BASE64_ENCODE(hi)}", "helloaGk="},
		{"${URIENCODE(a b/ü)} ${URIDECODE(a%20b%zz%4)}", "a%20b%2F%C3%BC a b%zz%4"},
		{"${QUOTE(a\"b\\\\c)} ${CSV_QUOTE(a\"b)}", `"a\"b\\\\c" "a""b"`},
		{"${MD5(hello)} ${SHA1(hello)}", "5d41402abc4b2a76b9719d911017c592 aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"},
		{"${MD5()}${SHA1()}", ""},
		{"${FILTER(0-9,a1b2)} ${FILTER(a\\-z,a-bz)} ${FILTER(\\x41-\\x43,ABCD)} ${FILTER(-a,a-b)}", "12 a-z ABC a-"},
		{"${REGEX(\"^[0-9]+$\" 123)}${REGEX(\"^[0-9]+$\" 12a)}", "10"}, {"${BASENAME(/a/b.c)} ${DIRNAME(/a/b.c)}", "b.c /a"},
		{"${SPRINTF(%05.1f|%x|%-4s|%c|%i%%|%+d|%o,3.14159,255,ab,65,7,3,8)}", "003.1|ff|ab  |A|7%|+3|10"}, {"${EVAL(${E})}", "top"},
		{"${ICONV(utf-8,iso-8859-1,ä)}", "\xe4"}, {"${SPRINTF(5%,1)}", "5"},
	})
	b.refused(t, [][2]string{
		{"${CUT(L)}", "arguments are missing"}, {"${FIELDNUM(L)}", "arguments are missing"},
		{"${LISTFILTER(L,1)}", "arguments are missing"}, {"${REPLACE(L)}", "arguments are missing"},
		{"${STRREPLACE(L)}", "arguments are missing"},
		{"${FILTER(a)}", "arguments are missing"}, {"${STRBETWEEN(L)}", "arguments are missing"}, {"${REGEX(x y)}", "must be in quotes"},
		{"${REGEX(\"[\" y)}", "REGEX"},
		{"${SPRINTF(%d)}", "is no integer"}, {"${SPRINTF(%d,x)}", "'x' is no integer"}, {"${SPRINTF(%f,x)}", "'x' is no number"},
		{"${SPRINTF(%c,x)}", "'x' is no integer"}, {"${SPRINTF(%y,1)}", "is no conversion"},
		{"${ICONV(utf-8,nope,x)}", "there is no character set 'nope'"}, {"${ICONV(utf-8,us-ascii)}", "arguments are missing"},
	})
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if a, c := dialplan.Expand("${UUID()}", b.ch), dialplan.Expand("${UUID()}", b.ch); !form.MatchString(a) || a == c {
		t.Errorf("%s, then %s", a, c)
	}
}

// Arithmetic.
func TestNumbers(t *testing.T) {
	b := newBoard(t, "")
	b.ch.SetVar("N", "41")
	b.ch.SetVar("W", "word")
	b.rows(t, [][2]string{
		{"${MATH(8/3)} ${MATH(8/3,int)} ${MATH(1/0)} ${MATH(7%4,i)} ${MATH(7%0,i)} ${MATH(2^10,i)}", "2.666667 2 0.000000 3 0 1024"},
		{"${MATH(255+1,hex)} ${MATH(64+1,char)} ${MATH(-3*2,int)} ${MATH(5--2,int)}", "100 A -6 7"},
		{"${MATH(1<<4,i)}${MATH(256>>4,i)} ${MATH(6AND3,i)}${MATH(6OR3,i)}${MATH(6XOR3,i)}", "1616 275"},
		{"${MATH(1<2)}${MATH(1>2)}${MATH(1<=1)}${MATH(1>=2)}${MATH(2==2)}", "TRUEFALSETRUEFALSETRUE"},
		{"${INC(N)} ${N} ${DEC(N)} ${N}", "42 42 41 41"},
		{"${ABS(-5)} ${ABS(-2.5)} ${MIN(3,-1)} ${MAX(3,-1)} ${MAX(3.5,1)} ${MIN(7)}", "5 2.500000 -1 3 3.500000 7"},
		{"${RAND(5,5)}", "5"},
	})
	b.refused(t, [][2]string{
		{"${MATH(7)}", "there is no operator in '7'"}, {"${MATH(a+b)}", "that is no number"},
		{"${MATH(1+1,what)}", "is no type of number"}, {"${INC(W)}", "the variable 'W' has no number"},
		{"${ABS(x)}", "that is no number"},
	})
	for range 100 {
		if n, err := strconv.Atoi(dialplan.Expand("${RAND(20,10)}", b.ch)); err != nil || n < 10 || n > 20 {
			t.Fatalf("RAND(20,10) is %d, %v", n, err)
		}
	}
}

// Times: the bubble begins at 2000-01-01 00:00:00 UTC, a Saturday.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, "")
		b.rows(t, [][2]string{
			{"${STRFTIME(,,%F %T)} ${STRFTIME(1000000000,UTC,%Y-%m-%dT%H:%M:%S)} ${STRFTIME(0,Europe/Berlin,%H)}",
				"2000-01-01 00:00:00 2001-09-09T01:46:40 01"},
			{"${STRFTIME(0.123456,,%3q %q %6q)}", "123 123 123456"}, {"${STRFTIME(x,,%Ey)} ${STRFTIME(0,nowhere,%f)}", "00 %f"},
			{"${STRPTIME(2001-09-09 01:46:40,UTC,%Y-%m-%d %H:%M:%S)} ${STRPTIME(01:00,Europe/Berlin,%H:%M):-2}", "1000000000 96"},
			{"${IFTIME(00:00-00:01,sat,1,jan?yes:no)}${IFTIME(*,sun,*,*?yes:no)}${IFTIME(*,sun,*,*?yes)}${IFTIME(*,*,*,*?\"in quotes\":no)}",
				"yesnoin quotes"},
			{"Set TESTTIME()=2026/11/20 10:30:15", ""}, {"${TESTTIME}", "1795170615"},
			{"Set TESTTIME()=2026/11/20 10:30:15 Europe/Berlin", ""}, {"${TESTTIME}", "1795167015"},
			{"Set TESTTIME()=yesterday", "'yesterday' is not YYYY/MM/DD hh:mm:ss"},
		})
		time.Sleep(24 * time.Hour)
		b.rows(t, [][2]string{{"${IFTIME(*,sun,*,*?yes:no)}${STRFTIME(,,%a)}", "yesSun"}})
		b.refused(t, [][2]string{{"${STRPTIME(x,UTC)}", "arguments are missing"}, {"${STRPTIME(x,UTC,%Y)}", "STRPTIME"}})
	})
}
