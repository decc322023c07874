/** How long a server that is brought to its end waits for what. */
export interface DrainWaits {
	/** How long idle connections are kept; longer where requests still come over them. */
	readonly lingerMs: number;
	/** Within what time those are told to go whose connection would go on for ever. */
	readonly spreadMs: number;
	/** How long at most to take what still arrives before something is closed. */
	readonly arrivalsMs: number;
	/** How long all of it may take. */
	readonly withinMs: number;
}
