"""One file per AGI route: route name = file name = function name. Thin: policy is in `ivr`."""
