/** What we want to reach; the pages show it beside what was seen. */
import type { Framework, Store } from "./arms.ts";

interface ThroughputGoal {
	/** Of the bare framework's. */
	readonly ofBare: number;
	/** Of the stack that is assembled by hand. */
	readonly ofHand: number;
}

/** Where each request has a valid session that its route reads. */
export const THROUGHPUT: Readonly<Record<Framework, Readonly<Record<Store, ThroughputGoal>>>> = {
	express: { memory: { ofBare: 0.75, ofHand: 3 }, redis: { ofBare: 0.65, ofHand: 3 } },
	fastify: { memory: { ofBare: 0.65, ofHand: 4.5 }, redis: { ofBare: 0.5, ofHand: 3.5 } },
};

/** Of 20 kB that are packed, to the stack by hand. */
export const PACKED: Readonly<Record<Framework, number>> = { express: 2, fastify: 1.5 };

/** Of what brotli makes of it at quality 4. */
export const PACKED_SIZE = 1.05;

/** What a request may leave on the heap over the bare framework's. */
export const HEAP_BYTES_OVER_BARE = 6_000;

export const SYSTEM_CALLS_OVER_BARE = 0.2;

/** For a request with a valid session; and for a client whose limit is used up. */
export const ROUND_TRIPS = 1;
export const ROUND_TRIPS_BLOCKED = 0;

export const START_OVER_BARE_MS: Readonly<Record<Store, number>> = { memory: 20, redis: 60 };

export const MEMORY_OVER_BARE_BYTES: Readonly<Record<Store, number>> = {
	memory: 3_000_000,
	redis: 15_000_000,
};

export const BYTES_PER_ADDRESS = 40;

/** Two equal arms differ by no more than that, else the machine was too busy for a verdict. */
export const CONTROL = [0.95, 1.05] as const;
/** The same for when they listen. */
export const CONTROL_START_MS = 5;
