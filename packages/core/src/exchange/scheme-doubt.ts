/**
 * Why a request that seems to have come by http may have come by https. `unexplained`: nobody said whether there is a
 * proxy, and it looks like one that takes https. `unbelieved`: a private peer says https, and is none of those named.
 * `untold`: a proxy says who the client is, and not how it came. `unnamable`: somebody says https on a socket that has no
 * address, by which nobody can be named.
 */
export type SchemeDoubt = "unexplained" | "unbelieved" | "untold" | "unnamable";
