package rawnet

// Marks are what the network is told of a socket's packets: the DSCP, as the whole byte
// of the IP header (TOS, traffic class), and the priority of 802.1p. 0 is the usual.
type Marks struct{ TOS, Priority int }
