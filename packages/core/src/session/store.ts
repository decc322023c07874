/** Hears how a call to a store has ended. */
export type StoreCallback = (error?: unknown, result?: unknown) => void;

/** What express-session, and with it @fastify/session, asks of a store. */
export interface SessionStore {
	// biome-ignore lint/suspicious/noExplicitAny: each library has a type of its own for what it reads.
	get(id: string, callback: (error: unknown, session?: any) => void): unknown;
	set(id: string, session: never, callback?: (error?: unknown) => void): unknown;
	destroy(id: string, callback?: (error?: unknown) => void): unknown;
	/** A store without it ends a session when nobody has saved it for long, not when nobody has used it. */
	touch?(id: string, session: never, callback?: (error?: unknown) => void): unknown;
}

/** A session as it is handed to an inner store: plain data, and a cookie that says when it is over. */
export type StoredSession = Readonly<Record<string, unknown>> & { readonly cookie: StoredCookie };

export interface StoredCookie {
	readonly originalMaxAge: number | null;
	/** When the session is over; from it the stores of express-session find out their time to live. */
	readonly expires: Date | string | null;
}

export interface SetOptions {
	/** Writes only what is still there: a session that was destroyed meanwhile stays dead. */
	readonly mustExist: boolean;
}

/**
 * Where sessions lie. Every store for express-session is one; what comes on top is for stores that can do better.
 */
export interface InnerStore {
	/** `begun` is what its `begin` has given for this id. */
	get(id: string, callback: StoreCallback, begun?: unknown): unknown;
	/** With `heedsMustExist` the callback's second argument is `false` where there was nothing to write over. */
	set(id: string, session: StoredSession, callback: StoreCallback, options?: SetOptions): unknown;
	destroy(id: string, callback: StoreCallback): unknown;
	touch?(id: string, session: StoredSession, callback: StoreCallback): unknown;
	/** What `get` would give, where it is at hand. */
	peek?(id: string): unknown;
	/** Begins to read before the session's turn, while the request waits for something else. */
	begin?(id: string): unknown;
	/** Whether `set` heeds `mustExist` at once; without it the session is read again before it is written. */
	readonly heedsMustExist?: boolean;
	/** Ends its calls in time by itself, and tells of outages where they are. */
	readonly isGuarded?: true;
}
