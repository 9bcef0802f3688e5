package pbx

// Actor is a module with actions of the manager interface.
type Actor interface {
	Module
	Actions() []Action
}

// Action is one of them.
type Action struct {
	Name, Synopsis string
	// Classes are those of which a user needs one to ask for it, parted by commas: "call,
	// reporting". "": whoever is logged in may.
	Classes string
	// Run answers the request, with exactly one of its OK, Fail, Respond and List, and soon: it
	// stands on the client's own goroutine.
	Run func(Asked)
}

// Asked is a request of a manager client, and the way to answer it.
type Asked interface {
	// Get is the first header of a name, "" without one; All are the values of all of them.
	Get(name string) string
	All(name string) []string
	// May says whether the user may write a class.
	May(class string) bool
	// Variables are those of the Variable headers, name and value.
	Variables() [][2]string
	// OK and Fail answer with one message; OK may do without ("").
	OK(message string, fields ...Field)
	Fail(message string)
	// Respond answers with a result, Success or Error, and fields alone.
	Respond(result string, fields ...Field)
	// List answers with events, each of which begins with the field Event; the last one is
	// named complete, and may have further fields.
	List(message, complete string, rows [][]Field, more ...Field)
	// IDLast has the ActionID come last in the events of a list, where clients find it second else.
	IDLast()
}
