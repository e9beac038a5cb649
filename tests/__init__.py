"""A package, so that no other package of the name stands before it: public ones install theirs."""
