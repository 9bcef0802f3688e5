package pbx

import "strings"

// Names that Asterisk has, in one of the versions that people come from: one that is not
// here is said to be missing, and no other is guessed in its place.

// KnownApp says whether Asterisk has an application of that name, any case.
func KnownApp(name string) bool { return knownApps[strings.ToLower(name)] }

// KnownFunc says whether Asterisk has a dialplan function of that name.
func KnownFunc(name string) bool { return knownFuncs[strings.ToLower(name)] }

var knownApps, knownFuncs = names(asteriskApps), names(asteriskFuncs)

func names(list string) map[string]bool {
	out := map[string]bool{}
	for _, n := range strings.Fields(list) {
		out[strings.ToLower(n)] = true
	}
	return out
}

const asteriskApps = `
	AbsoluteTimeout AddQueueMember ADSIProg AELSub AgentCallbackLogin AgentLogin AgentMonitorOutgoing AgentRequest AGI AlarmReceiver
	AMD Answer AttendedTransfer AudioSocket Authenticate BackGround BackgroundDetect BlindTransfer Bridge BridgeAdd BridgeWait
	Broadcast Busy CallCompletionCancel CallCompletionRequest CELGenUserEvent ChangeMonitor ChanIsAvail ChannelRedirect ChanSpy
	ClearHash ConfBridge ConfKick Congestion ContinueWhile ControlPlayback Cut DAHDIBarge DAHDIRAS DAHDIScan
	DAHDISendCallreroutingFacility DAHDISendKeypadFacility DateTime DBdel DBdeltree DBget DBput DeadAGI Dial Dictate DigitTimeout
	Directory DISA DumpChan DUNDi EAGI Echo Else ElseIf EndIf EndWhile EnumLookup Exec ExecIf ExecIfTime ExitIf ExitWhile ExtenSpy
	ExternalIVR FastAGI Festival Flash FollowMe ForkCDR GetCPEID Gosub GosubIf Goto GotoIf GotoIfTime Hangup HangupCauseClear
	HasNewVoicemail HasVoicemail ICES If ImportVar Incomplete IVRDemo JabberJoin JabberLeave JabberSend JabberStatus Jack Log
	LookupBlacklist LookupCIDName Macro MacroExclusive MacroExit MacroIf MailboxExists MeetMe MeetMeAdmin MeetMeChannelAdmin
	MeetMeCount MessageSend Milliwatt Minivm MinivmAccMess MinivmDelete MinivmGreet MinivmMWI MinivmNotify MinivmRecord MixMonitor
	Monitor Morsecode MP3Player MSet MusicOnHold NBScat NoCDR NoOp NVFaxDetect ODBC_Commit ODBC_Rollback ODBCFinish Originate
	OSPAuth OSPFinish OSPLookup OSPNext Page Park ParkAndAnnounce ParkedCall PauseMonitor PauseQueue PauseQueueMember PhoneProv
	Pickup PickupChan PJSIPHangup PJSIPNotify Playback PlayTones PrivacyManager Proceeding Progress Queue QueueLog QueueUpdate
	RaiseException Random Read ReadExten RealTime RealTimeUpdate ReceiveFAX ReceiveMF ReceiveSF ReceiveText Record Reload
	RemoveQueueMember ResetCDR ResponseTimeout RetryDial Return Ringing Rpt RxFAX SayAlpha SayAlphaCase SayCountedAdj SayCountedNoun
	SayDigits SayMoney SayNumber SayOrdinal SayPhonetic SayUnixTime SendDTMF SendFAX SendImage SendMF SendSF SendSMS SendText Set
	SetAccount SetAMAFlags SetCallerID SetCallerPres SetCDRUserField SetCIDName SetCIDNum SetGlobalVar SetLanguage SetMusicOnHold
	SetVar Signal SIPAddHeader SIPDtmfMode SIPRemoveHeader SIPSendCustomINFO Skel SkelGuessNumber SLAStation SLATrunk SMS SoftHangup
	SpeechActivateGrammar SpeechBackground SpeechCreate SpeechDeactivateGrammar SpeechDestroy SpeechLoadGrammar
	SpeechProcessingSound SpeechStart SpeechUnloadGrammar StackPop StartMusicOnHold Stasis StasisBroadcast StopMixMonitor
	StopMonitor StopMusicOnHold StopPlayTones StoreDTMF StreamEcho Swift System TestClient TestServer ToneScan Transfer TryExec
	TrySystem TxFAX TXTCIDName UnpauseMonitor UnpauseQueueMember UserEvent Verbose VMAuthenticate VMSayName VoiceMail Voicemail2
	VoiceMailMain VoiceMailPlayMsg Wait WaitDigit WaitExten WaitForCondition WaitForNoise WaitForRing WaitForSignal WaitForSilence
	WaitForTone WaitMusicOnHold WaitUntil WebSocket While Zapateller
`

const asteriskFuncs = `
	ABS AES_DECRYPT AES_ENCRYPT AGC AGENT AMI_CLIENT ARRAY AST_CONFIG AST_SORCERY BASE64_DECODE BASE64_ENCODE BASENAME BLACKLIST
	BRIDGE_FEATURES CALENDAR_BUSY CALENDAR_EVENT CALENDAR_QUERY CALENDAR_WRITE CALLCOMPLETION CALLERID CALLERPRES CDR CDR_PROP
	CHANNEL CHANNEL_EXISTS CHANNELS CHECKSIPDOMAIN CONFBRIDGE CONFBRIDGE_CHANNELS CONFBRIDGE_INFO CONNECTEDLINE CSV_QUOTE CURL
	CURLOPT CUT DB DB_DELETE DB_EXISTS DB_KEYCOUNT DB_KEYS DEC DELETE DENOISE DEVICE_STATE DIALGROUP DIALPLAN_EXISTS DIGIT_SUM
	DIRNAME DUNDILOOKUP DUNDIQUERY DUNDIRESULT ENUMLOOKUP ENUMQUERY ENUMRESULT ENV EVAL EVAL_EXTEN EVAL_SUB EXCEPTION EXISTS EXPORT
	EXTENSION_STATE FAXOPT FEATURE FEATUREMAP FIELDNUM FIELDQTY FILE FILE_COUNT_LINE FILE_FORMAT FILTER FRAME_DROP FRAME_TRACE
	GEOLOC_PROFILE GLOBAL GLOBAL_DELETE GLOBAL_EXISTS GROUP GROUP_COUNT GROUP_LIST GROUP_MATCH_COUNT HANGUPCAUSE HANGUPCAUSE_KEYS
	HASH HASHKEYS HINT HOLD_INTERCEPT IAXPEER IAXVAR ICONV IF IFMODULE IFTIME IMPORT INC ISNULL JABBER_RECEIVE JABBER_STATUS
	JITTERBUFFER JSON_DECODE KEYPADHASH LANGUAGE LEN LISTFILTER LOCAL LOCAL_PEEK LOCK LOG_GROUP LTRIM MAILBOX_EXISTS MASTER_CHANNEL
	MATH MAX MD5 MEETME_INFO MESSAGE MESSAGE_DATA MIN MINIVMACCOUNT MINIVMCOUNTER MIXMONITOR MUSICCLASS MUTEAUDIO ODBC ODBC_FETCH
	ODBCROWS PARK_GET_CHANNEL PASSTHRU PERIODIC_HOOK PITCH_SHIFT PJSIP_AOR PJSIP_CONTACT PJSIP_DIAL_CONTACTS PJSIP_DTMF_MODE
	PJSIP_ENDPOINT PJSIP_HEADER PJSIP_HEADERS PJSIP_MEDIA_OFFER PJSIP_MOH_PASSTHROUGH PJSIP_PARSE_URI PJSIP_SEND_SESSION_REFRESH
	PJSIP_TRANSFER_HANDLING POP PP_EACH_EXTENSION PP_EACH_USER PRESENCE_STATE PUSH QUEUE_EXISTS QUEUE_GET_CHANNEL QUEUE_MEMBER
	QUEUE_MEMBER_COUNT QUEUE_MEMBER_LIST QUEUE_MEMBER_PENALTY QUEUE_VARIABLES QUEUE_WAITING_COUNT QUOTE RAND REALTIME
	REALTIME_DESTROY REALTIME_FIELD REALTIME_HASH REALTIME_STORE RECORDING_INFO REDIRECTING REGEX REPLACE RTRIM SAYFILES SCRAMBLE
	SET SHA1 SHARED SHELL SHIFT SIP_HEADER SIP_HEADERS SIPCHANINFO SIPPEER SLA SMDI_MSG SMDI_MSG_RETRIEVE SORT SPEECH SPEECH_ENGINE
	SPEECH_GRAMMAR SPEECH_RESULTS_TYPE SPEECH_SCORE SPEECH_TEXT SPRINTF SRVQUERY SRVRESULT STACK_PEEK STAT STRBETWEEN STREAM_SILENCE
	STRFTIME STRPTIME STRREPLACE SYSINFO TALK_DETECT TESTTIME TIMEOUT TOLOWER TONE_DETECT TOUPPER TRIM TRYLOCK TXTCIDNAME UNLOCK
	UNSHIFT URIDECODE URIENCODE UUID VALID_EXTEN VARIABLE_EXISTS VERSION VM_INFO VMCOUNT VOLUME XMPP
`
