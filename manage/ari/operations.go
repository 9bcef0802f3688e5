package ari

import "slices"

// operations are all there are.
var operations = slices.Concat(asteriskOperations, endpointOperations, channelOperations, bridgeOperations, recordingOperations,
	soundOperations, playbackOperations, deviceOperations, mailboxOperations, eventOperations, applicationOperations)

// resources are the descriptions that clients ask for, in the order in which they are listed.
var resources = []struct{ name, text string }{
	{"asterisk", "Asterisk resources"}, {"endpoints", "Endpoint resources"}, {"channels", "Channel resources"},
	{"bridges", "Bridge resources"}, {"recordings", "Recording resources"}, {"sounds", "Sound resources"},
	{"playbacks", "Playback control resources"}, {"deviceStates", "Device state resources"}, {"mailboxes", "Mailboxes resources"},
	{"events", "WebSocket resource"}, {"applications", "Stasis application resources"},
}

const (
	playParams   = "media*[] lang offsetms:int skipms:int=3000"
	recordParams = "name* format* maxDurationSeconds:int=0 maxSilenceSeconds:int=0 ifExists=fail{fail|overwrite|append} " +
		"beep:boolean=false terminateOn=none{none|any|*|#}"
	callParams  = "endpoint* extension context priority:long label app appArgs callerId timeout:int=30 bridge media[] playbackId"
	snoopParams = "spy=none{none|both|out|in} whisper=none{none|both|out|in} app* appArgs"
)

var channelOperations = []operation{
	{"GET", "/channels", "list", "All channels.", "List[Channel]", "", "", channelsList},
	{"POST", "/channels", "originate", "Calls somebody, and gives the call to an application or the dialplan once it is answered.", "Channel",
		callParams + " body:variables channelId otherChannelId originator formats", "400 409", originate},
	{"POST", "/channels/create", "create", "Makes a channel that is in the application before it is called.", "Channel",
		"endpoint* app* appArgs channelId otherChannelId originator formats body:variables", "409", create},
	{"GET", "/channels/{channelId}", "get", "One channel.", "Channel", "", "404", channelGet},
	{"POST", "/channels/{channelId}", "originateWithId", "Calls somebody; the channel has this id.", "Channel",
		callParams + " body:variables otherChannelId originator formats", "400 409", originate},
	{"DELETE", "/channels/{channelId}", "hangup", "Hangs up.", "void",
		"reason_code reason{normal|busy|congestion|no_answer|timeout|rejected|unallocated|normal_unspecified|number_incomplete|codec_mismatch|interworking|failure|answered_elsewhere}", "400 404", hangup},
	{"POST", "/channels/{channelId}/continue", "continueInDialplan", "Goes on in the dialplan.", "void",
		"context extension priority:int label", "404 409 412", continueChannel},
	{"POST", "/channels/{channelId}/move", "move", "Gives the channel to another application.", "void", "app* appArgs", "404 409",
		moveChannel},
	{"POST", "/channels/{channelId}/redirect", "redirect", "Asks the far end to call elsewhere.", "void", "endpoint*", "400 404 409 422 412",
		redirect},
	{"POST", "/channels/{channelId}/answer", "answer", "Answers.", "void", "", "404 409 412", answer},
	{"POST", "/channels/{channelId}/ring", "ring", "Tells the caller that it rings.", "void", "", "404 409 412", ring},
	{"DELETE", "/channels/{channelId}/ring", "ringStop", "Ends that.", "void", "", "404 409 412", ringStop},
	{"POST", "/channels/{channelId}/progress", "progress", "Opens early media.", "void", "", "404 409 412", progress},
	{"POST", "/channels/{channelId}/dtmf", "sendDTMF", "Presses keys towards the far end.", "void",
		"dtmf before:int=0 between:int=100 duration:int=100 after:int=0", "400 404 409 412", sendDTMF},
	{"POST", "/channels/{channelId}/mute", "mute", "Has nobody hear the channel, or the channel hear nothing.", "void",
		"direction=both{both|in|out}", "404 409 412", mute},
	{"DELETE", "/channels/{channelId}/mute", "unmute", "Ends that.", "void", "direction=both{both|in|out}", "404 409 412", unmute},
	{"POST", "/channels/{channelId}/hold", "hold", "Puts on hold.", "void", "", "404 409 412", hold},
	{"DELETE", "/channels/{channelId}/hold", "unhold", "Ends that.", "void", "", "404 409 412", unhold},
	{"POST", "/channels/{channelId}/moh", "startMoh", "Plays music.", "void", "mohClass", "404 409 412", startMoh},
	{"DELETE", "/channels/{channelId}/moh", "stopMoh", "Ends that.", "void", "", "404 409 412", stopMoh},
	{"POST", "/channels/{channelId}/silence", "startSilence", "Sends silence.", "void", "", "404 409 412", startSilence},
	{"DELETE", "/channels/{channelId}/silence", "stopSilence", "Ends that.", "void", "", "404 409 412", stopSilence},
	{"POST", "/channels/{channelId}/play", "play", "Plays to the channel.", "Playback", playParams + " playbackId", "404 409 412",
		channelPlay},
	{"POST", "/channels/{channelId}/play/{playbackId}", "playWithId", "Plays; the playback has this id.", "Playback", playParams,
		"404 409 412", channelPlay},
	{"POST", "/channels/{channelId}/record", "record", "Records what the far end says.", "LiveRecording", recordParams, "400 404 409 422",
		channelRecord},
	{"GET", "/channels/{channelId}/variable", "getChannelVar", "A variable or function.", "Variable", "variable*", "400 404 409",
		channelVariable},
	{"POST", "/channels/{channelId}/variable", "setChannelVar", "Sets one.", "void", "variable* value report_events:boolean=false",
		"400 404 409", setChannelVariable},
	{"GET", "/channels/{channelId}/variables", "getChannelVars", "Several of them.", "Variables", "variables*[]", "400 404 409",
		channelVariables},
	{"POST", "/channels/{channelId}/variables", "setChannelVars", "Sets several.", "void", "body:variables*", "400 404 409",
		setChannelVariables},
	{"POST", "/channels/{channelId}/snoop", "snoopChannel", "Makes a channel that hears this one, or speaks to it.", "Channel",
		snoopParams + " snoopId", "400 404", snoop},
	{"POST", "/channels/{channelId}/snoop/{snoopId}", "snoopChannelWithId", "The same; the channel has this id.", "Channel", snoopParams,
		"400 404", snoop},
	{"POST", "/channels/{channelId}/dial", "dial", "Calls the far end of a channel that was created.", "void", "caller timeout:int=0",
		"404 409", dialChannel},
	{"GET", "/channels/{channelId}/rtp_statistics", "rtpstatistics", "What is known of its packets.", "RTPstat", "", "404", rtpStatistics},
	{"POST", "/channels/externalMedia", "externalMedia", "Makes a channel whose far end is a program that takes audio.", "Channel",
		"channelId app* external_host encapsulation=rtp{rtp|audiosocket|none} transport=udp{udp|tcp|websocket} " +
			"connection_type=client{client|server} format* direction=both{both} data transport_data body:variables", "400 409", externalMedia},
	{"POST", "/channels/{channelId}/transfer_progress", "transfer_progress", "Says what becomes of a transfer that the program carries out.",
		"void", "states*", "400 404 409 412", transferProgress},
}

var bridgeOperations = []operation{
	{"GET", "/bridges", "list", "All bridges.", "List[Bridge]", "", "", bridgesList},
	{"POST", "/bridges", "create", "Makes one.", "Bridge", "type bridgeId name body:variables", "409", bridgeCreate},
	{"POST", "/bridges/{bridgeId}", "createWithId", "Makes one of this id.", "Bridge", "type name body:variables", "409", bridgeCreateID},
	{"GET", "/bridges/{bridgeId}", "get", "One bridge.", "Bridge", "", "404", bridgeGet},
	{"DELETE", "/bridges/{bridgeId}", "destroy", "Ends one: its channels go back to their applications.", "void", "", "404", bridgeDestroy},
	{"GET", "/bridges/{bridgeId}/variable", "getBridgeVar", "A variable.", "Variable", "variable*", "400 404 409", bridgeVariable},
	{"POST", "/bridges/{bridgeId}/variable", "setBridgeVar", "Sets one.", "void", "variable* value report_events:boolean=false",
		"400 404 409", setBridgeVariable},
	{"GET", "/bridges/{bridgeId}/variables", "getBridgeVars", "Several of them.", "Variables", "variables*[]", "400 404 409",
		bridgeVariables},
	{"POST", "/bridges/{bridgeId}/variables", "setBridgeVars", "Sets several.", "void", "body:variables*", "400 404 409", setBridgeVariables},
	{"POST", "/bridges/{bridgeId}/addChannel", "addChannel", "Puts channels in.", "void",
		"channel*[] role absorbDTMF:boolean=false mute:boolean=false inhibitConnectedLineUpdates:boolean=false", "400 404 409 422", addChannel},
	{"POST", "/bridges/{bridgeId}/removeChannel", "removeChannel", "Puts channels out.", "void", "channel*[]", "400 404 409 422",
		removeChannel},
	{"POST", "/bridges/{bridgeId}/videoSource/{channelId}", "setVideoSource", "Has all see one channel.", "void", "", "404 409 422",
		setVideoSource},
	{"DELETE", "/bridges/{bridgeId}/videoSource", "clearVideoSource", "Ends that.", "void", "", "404", clearVideoSource},
	{"POST", "/bridges/{bridgeId}/moh", "startMoh", "Plays music to all.", "void", "mohClass", "404 409", bridgeMoh},
	{"DELETE", "/bridges/{bridgeId}/moh", "stopMoh", "Ends that.", "void", "", "404 409", bridgeStopMoh},
	{"POST", "/bridges/{bridgeId}/play", "play", "Plays to all.", "Playback", "announcer_format " + playParams + " playbackId", "404 409 422",
		bridgePlay},
	{"POST", "/bridges/{bridgeId}/play/{playbackId}", "playWithId", "Plays; the playback has this id.", "Playback",
		"announcer_format " + playParams, "404 409 422", bridgePlay},
	{"POST", "/bridges/{bridgeId}/record", "record", "Records what is said.", "LiveRecording", "recorder_format " + recordParams,
		"400 404 409 422", bridgeRecord},
}

var recordingOperations = []operation{
	{"GET", "/recordings/stored", "listStored", "All recordings that are complete.", "List[StoredRecording]", "", "", storedList},
	{"GET", "/recordings/stored/{recordingName}", "getStored", "One.", "StoredRecording", "", "404", storedGet},
	{"DELETE", "/recordings/stored/{recordingName}", "deleteStored", "Takes one away.", "void", "", "404", storedDelete},
	{"GET", "/recordings/stored/{recordingName}/file", "getStoredFile", "Its file.", "binary", "", "403 404", storedFile},
	{"POST", "/recordings/stored/{recordingName}/copy", "copyStored", "Makes a copy.", "StoredRecording", "destinationRecordingName*",
		"404 409", storedCopy},
	{"GET", "/recordings/live/{recordingName}", "getLive", "One that runs.", "LiveRecording", "", "404", liveGet},
	{"DELETE", "/recordings/live/{recordingName}", "cancel", "Ends it and takes it away.", "void", "", "404", live("cancel")},
	{"POST", "/recordings/live/{recordingName}/stop", "stop", "Ends it and stores it.", "void", "", "404", live("stop")},
	{"POST", "/recordings/live/{recordingName}/pause", "pause", "Pauses.", "void", "", "404 409", live("pause")},
	{"DELETE", "/recordings/live/{recordingName}/pause", "unpause", "Goes on.", "void", "", "404 409", live("unpause")},
	{"POST", "/recordings/live/{recordingName}/mute", "mute", "Records silence.", "void", "", "404 409", live("mute")},
	{"DELETE", "/recordings/live/{recordingName}/mute", "unmute", "Ends that.", "void", "", "404 409", live("unmute")},
}

var soundOperations = []operation{
	{"GET", "/sounds", "list", "All sounds.", "List[Sound]", "lang format", "", soundsList},
	{"GET", "/sounds/{soundId}", "get", "One.", "Sound", "", "", soundGet},
}

var playbackOperations = []operation{
	{"GET", "/playbacks/{playbackId}", "get", "One that waits or plays.", "Playback", "", "404", playbackGet},
	{"DELETE", "/playbacks/{playbackId}", "stop", "Ends it.", "void", "", "404", playbackStop},
	{"POST", "/playbacks/{playbackId}/control", "control", "Steers it.", "void", "operation*{restart|pause|unpause|reverse|forward}",
		"400 404 409", playbackControl},
}

var deviceOperations = []operation{
	{"GET", "/deviceStates", "list", "All devices of programs.", "List[DeviceState]", "", "", devicesList},
	{"GET", "/deviceStates/{deviceName}", "get", "The state of any device.", "DeviceState", "", "", deviceGet},
	{"PUT", "/deviceStates/{deviceName}", "update", "Sets that of one of programs.", "void",
		"deviceState*{NOT_INUSE|INUSE|BUSY|INVALID|UNAVAILABLE|RINGING|RINGINUSE|ONHOLD}", "404 409", deviceUpdate},
	{"DELETE", "/deviceStates/{deviceName}", "delete", "Forgets one.", "void", "", "404 409", deviceDelete},
}

var mailboxOperations = []operation{
	{"GET", "/mailboxes", "list", "All mailboxes of programs.", "List[Mailbox]", "", "", mailboxesList},
	{"GET", "/mailboxes/{mailboxName}", "get", "One.", "Mailbox", "", "404", mailboxGet},
	{"PUT", "/mailboxes/{mailboxName}", "update", "Says how many messages it has.", "void", "oldMessages*:int newMessages*:int", "404",
		mailboxUpdate},
	{"DELETE", "/mailboxes/{mailboxName}", "delete", "Forgets it.", "void", "", "404", mailboxDelete},
}

var endpointOperations = []operation{
	{"GET", "/endpoints", "list", "All endpoints.", "List[Endpoint]", "", "", endpointsList},
	{"PUT", "/endpoints/sendMessage", "sendMessage", "Sends a text to a URI.", "void", "to* from* body body:variables", "400 404",
		sendMessage},
	{"POST", "/endpoints/refer", "refer", "Asks a URI to call elsewhere.", "void", "to* from* refer_to* to_self:boolean=false body:variables",
		"400 404", refer},
	{"GET", "/endpoints/{tech}", "listByTech", "Those of a technology.", "List[Endpoint]", "", "404", endpointsList},
	{"GET", "/endpoints/{tech}/{resource}", "get", "One.", "Endpoint", "", "400 404", endpointGet},
	{"PUT", "/endpoints/{tech}/{resource}/sendMessage", "sendMessageToEndpoint", "Sends a text to it.", "void", "from* body body:variables",
		"400 404", sendMessage},
	{"POST", "/endpoints/{tech}/{resource}/refer", "referToEndpoint", "Asks it to call elsewhere.", "void",
		"from* refer_to* to_self:boolean=false body:variables", "400 404", refer},
}

var eventOperations = []operation{
	{"GET", "/events", "eventWebsocket", "The WebSocket of events.", "Message", "app*[] subscribeAll:boolean", "", eventsPlain},
	{"POST", "/events/user/{eventName}", "userEvent", "Sends an event to an application.", "void", "application* source[] body:variables",
		"404 422 400", userEvent},
	{"POST", "/events/claim", "claimChannel", "Claims a call that is offered.", "void", "channelId* application*", "404 409", claim},
}

var applicationOperations = []operation{
	{"GET", "/applications", "list", "All applications.", "List[Application]", "", "", applicationsList},
	{"GET", "/applications/{applicationName}", "get", "One.", "Application", "", "404", applicationGet},
	{"POST", "/applications/{applicationName}/subscription", "subscribe", "Has it hear of event sources.", "Application", "eventSource*[]",
		"400 404 422", subscribe},
	{"DELETE", "/applications/{applicationName}/subscription", "unsubscribe", "Ends that.", "Application", "eventSource*[]",
		"400 404 409 422", unsubscribe},
	{"PUT", "/applications/{applicationName}/eventFilter", "filter", "Says which types of events it is sent.", "Application", "body:filter",
		"400 404", eventFilter},
}

var asteriskOperations = []operation{
	{"GET", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "getObject", "A dynamic object.", "List[ConfigTuple]", "", "404",
		dynamicObject},
	{"PUT", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "updateObject", "Makes or changes one.", "List[ConfigTuple]",
		"body:fields", "400 403 404", dynamicObject},
	{"DELETE", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "deleteObject", "Takes one away.", "void", "", "403 404",
		dynamicObject},
	{"GET", "/asterisk/info", "getInfo", "What this is.", "AsteriskInfo", "only[]{build|system|config|status}", "", asteriskInfo},
	{"GET", "/asterisk/ping", "ping", "Whether it lives.", "AsteriskPing", "", "", asteriskPing},
	{"GET", "/asterisk/modules", "listModules", "All modules.", "List[Module]", "", "", modulesList},
	{"GET", "/asterisk/modules/{moduleName}", "getModule", "One.", "Module", "", "404 409", moduleGet},
	{"POST", "/asterisk/modules/{moduleName}", "loadModule", "Loads one.", "void", "", "409", moduleLoad},
	{"DELETE", "/asterisk/modules/{moduleName}", "unloadModule", "Unloads one.", "void", "", "404 409", moduleUnload},
	{"PUT", "/asterisk/modules/{moduleName}", "reloadModule", "Reads its files anew.", "void", "", "404 409", moduleReload},
	{"GET", "/asterisk/logging", "listLogChannels", "All log channels.", "List[LogChannel]", "", "", logList},
	{"POST", "/asterisk/logging/{logChannelName}", "addLog", "Adds one.", "void", "configuration*", "400 409", logAdd},
	{"DELETE", "/asterisk/logging/{logChannelName}", "deleteLog", "Takes one away.", "void", "", "404", logDelete},
	{"PUT", "/asterisk/logging/{logChannelName}/rotate", "rotateLog", "Begins its file anew.", "void", "", "404", logRotate},
	{"GET", "/asterisk/variable", "getGlobalVar", "A global variable.", "Variable", "variable*", "400", globalVariable},
	{"POST", "/asterisk/variable", "setGlobalVar", "Sets one.", "void", "variable* value", "400", setGlobalVariable},
}
