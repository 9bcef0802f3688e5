package pbx

import (
	"strconv"
	"strings"

	"obelisk/pbx/event"
)

// Cause is a Q.850 hangup cause.
type Cause uint8

// Causes that the code speaks of by name.
const (
	CauseNone              Cause = 0
	CauseUnallocated       Cause = 1
	CauseNoRoute           Cause = 3
	CauseNormal            Cause = 16
	CauseBusy              Cause = 17
	CauseNoResponse        Cause = 18
	CauseNoAnswer          Cause = 19
	CauseAbsent            Cause = 20
	CauseRejected          Cause = 21
	CauseAnsweredElsewhere Cause = 26
	CauseInvalidNumber     Cause = 28
	CauseCongestion        Cause = 34
	CauseNetwork           Cause = 38
	CauseBearer            Cause = 58
	CauseChannel           Cause = 44 // requested channel not available; chan_sip's for lost media
	CauseNotImplemented    Cause = 66
	CauseInterworking      Cause = 127
)

// causes: number, the name Hangup() accepts, the text AMI and logs show.
var causes = []struct {
	code       Cause
	name, text string
}{
	{1, "UNALLOCATED", "Unallocated (unassigned) number"}, {2, "NO_ROUTE_TRANSIT_NET", "No route to specified transmit network"},
	{3, "NO_ROUTE_DESTINATION", "No route to destination"}, {5, "MISDIALLED_TRUNK_PREFIX", "Misdialed trunk prefix"},
	{6, "CHANNEL_UNACCEPTABLE", "Channel unacceptable"},
	{7, "CALL_AWARDED_DELIVERED", "Call awarded and being delivered in an established channel"}, {8, "PRE_EMPTED", "Pre-empted"},
	{14, "NUMBER_PORTED_NOT_HERE", "Number ported elsewhere"}, {16, "NORMAL_CLEARING", "Normal Clearing"}, {17, "USER_BUSY", "User busy"},
	{18, "NO_USER_RESPONSE", "No user responding"}, {19, "NO_ANSWER", "User alerting, no answer"},
	{20, "SUBSCRIBER_ABSENT", "Subscriber absent"}, {21, "CALL_REJECTED", "Call Rejected"}, {22, "NUMBER_CHANGED", "Number changed"},
	{23, "REDIRECTED_TO_NEW_DESTINATION", "Redirected to new destination"}, {26, "ANSWERED_ELSEWHERE", "Answered elsewhere"},
	{27, "DESTINATION_OUT_OF_ORDER", "Destination out of order"}, {28, "INVALID_NUMBER_FORMAT", "Invalid number format"},
	{29, "FACILITY_REJECTED", "Facility rejected"}, {30, "RESPONSE_TO_STATUS_ENQUIRY", "Response to STATus ENQuiry"},
	{31, "NORMAL_UNSPECIFIED", "Normal, unspecified"}, {34, "NORMAL_CIRCUIT_CONGESTION", "Circuit/channel congestion"},
	{38, "NETWORK_OUT_OF_ORDER", "Network out of order"}, {41, "NORMAL_TEMPORARY_FAILURE", "Temporary failure"},
	{42, "SWITCH_CONGESTION", "Switching equipment congestion"}, {43, "ACCESS_INFO_DISCARDED", "Access information discarded"},
	{44, "REQUESTED_CHAN_UNAVAIL", "Requested channel not available"}, {50, "FACILITY_NOT_SUBSCRIBED", "Facility not subscribed"},
	{52, "OUTGOING_CALL_BARRED", "Outgoing call barred"}, {54, "INCOMING_CALL_BARRED", "Incoming call barred"},
	{57, "BEARERCAPABILITY_NOTAUTH", "Bearer capability not authorized"},
	{58, "BEARERCAPABILITY_NOTAVAIL", "Bearer capability not available"},
	{65, "BEARERCAPABILITY_NOTIMPL", "Bearer capability not implemented"}, {66, "CHAN_NOT_IMPLEMENTED", "Channel not implemented"},
	{69, "FACILITY_NOT_IMPLEMENTED", "Facility not implemented"}, {81, "INVALID_CALL_REFERENCE", "Invalid call reference value"},
	{88, "INCOMPATIBLE_DESTINATION", "Incompatible destination"}, {95, "INVALID_MSG_UNSPECIFIED", "Invalid message unspecified"},
	{96, "MANDATORY_IE_MISSING", "Mandatory information element is missing"}, {97, "MESSAGE_TYPE_NONEXIST", "Message type nonexist."},
	{98, "WRONG_MESSAGE", "Wrong message"}, {99, "IE_NONEXIST", "Info. element nonexist or not implemented"},
	{100, "INVALID_IE_CONTENTS", "Invalid information element contents"}, {101, "WRONG_CALL_STATE", "Message not compatible with call state"},
	{102, "RECOVERY_ON_TIMER_EXPIRE", "Recover on timer expiry"}, {103, "MANDATORY_IE_LENGTH_ERROR", "Mandatory IE length error"},
	{111, "PROTOCOL_ERROR", "Protocol error, unspecified"}, {127, "INTERWORKING", "Interworking, unspecified"},
}

// Text is the cause in words, as Asterisk writes it.
func (c Cause) Text() string {
	for _, k := range causes {
		if k.code == c {
			return k.text
		}
	}
	return "Unknown"
}

// DialStatus is what DialEnd says of a channel that ended unanswered; DIALSTATUS counts otherwise.
func (c Cause) DialStatus() string {
	switch c {
	case CauseBusy:
		return "BUSY"
	case CauseCongestion:
		return "CONGESTION"
	case CauseNoRoute, CauseAbsent:
		return "CHANUNAVAIL"
	}
	return "NOANSWER"
}

// ParseCause reads a number or a name. As in Asterisk a number need not be one of Q.850.
func ParseCause(s string) (Cause, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return Cause(n), n > 0 && n < 256
	}
	for _, k := range causes {
		if strings.EqualFold(k.name, s) {
			return k.code, true
		}
	}
	return 0, false
}

// State is that of a channel.
type State = event.State

const (
	StateDown    = event.StateDown
	StateRing    = event.StateRing
	StateRinging = event.StateRinging
	StateUp      = event.StateUp
	StateBusy    = event.StateBusy
)
