"""The page of door labels: to print the codes of homes, and to renew one."""
