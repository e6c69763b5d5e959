"""The servers of the lab, in the order in which they are started."""
