package ami

// Users without the class system reach no files and no shell: neither by a function that
// they read or write, nor by an application that they originate, nor by one that another
// application runs for them. What the dialplan does is its author's affair.

// forbidden says whether a text calls a function or an application that is dangerous, and
// the user may not.
func (a *act) forbidden(text string) bool { return !a.may(ClassSystem) && a.core().Dangerous(text) }

// may says whether the user has one of some classes to write.
func (a *act) may(c Class) bool { return a.o.account().Write&c != 0 }
