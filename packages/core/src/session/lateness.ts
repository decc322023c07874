import type { CookiePolicy, LibraryPolicy } from "./policy.ts";
import type { Visit } from "./visit.ts";

/**
 * Whether a session that nobody touches leaves no trace, so that a library has to make it for those only who touch it.
 * Who has asked for traces, or decides anew for each request, has the library run each time.
 */
export function isMadeLate(library: LibraryPolicy, { attributes }: CookiePolicy): boolean {
	const { resave, saveUninitialized, rolling, unset } = library;
	if (resave || saveUninitialized || rolling || unset === "destroy") return false;
	// Below a path of its own it is the library that knows which requests have a session.
	return typeof attributes !== "function" && (attributes.path ?? "/") === "/";
}

/** Whether the answer may have to bring the cookie anew, though nobody touches the session: see `Renewal`. */
export function mayRenew({ isLoaded, isSignedAnew, isExtended }: Visit): boolean {
	return isLoaded && (!isSignedAnew || isExtended);
}
