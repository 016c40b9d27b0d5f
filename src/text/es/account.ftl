### es
