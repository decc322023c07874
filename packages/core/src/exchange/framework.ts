import type { OpenRoom, RequestLimits } from "./exchange.ts";

/** What an adapter knows of its framework; `native` is what the framework calls a request. */
export interface Framework<Native = unknown> {
	readonly name: string;
	/** Only watches: an adapter that comes later takes the request over. */
	readonly isWatching?: true;
	/** The client's address as the framework sees it, proxies considered; nothing when it leaves that to core. */
	clientAddress(native: Native): string | undefined;
	/** Whether the client came by https, proxies considered; nothing when it leaves that to core. */
	isSecure(native: Native): boolean | undefined;
	/** Whether the framework takes this peer's X-Forwarded-Host for the host; nothing when it leaves that to core. */
	believesHost?(native: Native): boolean | undefined;
	/** Where the program has told the framework whom to believe: whether that is everybody, about everybody else. */
	believesEverybody?(native: Native): boolean;
	/** The template of the route that matched (`/users/:id`), once one has. */
	route(native: Native): string | undefined;
	/** Rooms that the route of this request sets for itself, if they are known before it runs. */
	overrides?(native: Native): RouteOverrides | undefined;
	/** Whether the route ahead has a rate limit of its own, where that is not known before it runs. */
	countsForItself?(native: Native): boolean;
	/** The most bytes of a body that the program has told the framework itself, for the app or for the route. */
	toldBodyBytes?(native: Native): number | undefined;
	/** Whether the framework's parser was given the body as it came over the wire: nobody has decoded it. */
	isBodyAsItCame?(native: Native): boolean;
	/** What parts on the way to the route allow in place of the app's limits, where that is not known before they run. */
	limitsAhead?(native: Native): readonly Partial<RequestLimits>[];
}

/** Rooms that a single route may set for itself. */
export type OverridableRoom = "headers" | "rateLimit" | "limits";
export type RouteOverrides = { readonly [Room in OverridableRoom]?: OpenRoom | undefined };
