import type { Checks } from "../checks.ts";
import type { Code, Fault } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import type { SharedRedis } from "../shared-redis.ts";
import type { OpenRoom } from "./exchange.ts";

/** What is known of the process when policies are decided. */
export interface Facts {
	/** `production` unless NODE_ENV says development or test. */
	readonly mode: "production" | "development" | "test";
	/** The step that a value came from: `proxy.hops` -> `env:TRUST_PROXY`. */
	readonly originOf?: (path: string) => string | undefined;
}

/** The settings of a room: every default in one place, and what each key accepts. */
export interface Settings<Values extends object> {
	/** The key in the options. */
	readonly key: string;
	/** What it protects from; a row of the tables in the docs. */
	readonly purpose: string;
	readonly DEFAULTS: Readonly<Values>;
	readonly CHECKS: Checks<Values>;
	/** Faults that show only when the values are seen together. */
	readonly coherence?: (values: Readonly<Values>) => readonly Fault[];
	/** Keys that answer one question together: a later step that gives one of them replaces all. */
	readonly EXCLUSIVE?: readonly (readonly (keyof Values & string)[])[];
	/** Keys whose value may say a part only: what it then is, with what the steps before have said. */
	readonly COMPLETED?: Readonly<
		Partial<Record<keyof Values & string, (given: unknown, before: unknown) => unknown>>
	>;
	/** Keys that turn the room on where a variable gives them: who gives a secret wants what it is for. */
	readonly AWAKENED_BY?: readonly (keyof Values & string)[];
	/** What stands in for the room when it is off, where requests cannot do without its answer. */
	readonly OFF?: Readonly<Values>;
	/** What the values come to, in words, and the key that decides it. */
	readonly inForce?: (values: Readonly<Values>) => readonly [key: keyof Values & string, text: string];
}

/** A room that acts on requests: settings, then a frozen policy, then what is done on the way in and out. */
export interface RequestRoom<Values extends object, Policy> extends Settings<Values> {
	readonly policy: (values: Readonly<Values>, facts: Facts) => Policy;
	readonly create: (policy: Policy, surroundings: Surroundings, place: Place) => OpenRoom;
}

/** Where a room is mounted: for a whole app, or alone, such as on one route. */
export type Place = "app" | "part";

/** A thing to be said once: its code, what was seen, and what to type. */
export type Notice = readonly [code: Code, message: string, hint: string];

/** What a request room may ask of the process. */
export interface Surroundings {
	readonly mode: Facts["mode"];
	readonly log: Logger;
	readonly health: Health;
	/** Says a thing once a process, with its code. */
	readonly notice: (...notice: Notice) => void;
	/** Whether a refused request may have its line; one that may not is counted, and told of with the others. */
	readonly admitsRefusal: (status: number, address: string) => boolean;
	/** The Redis that all processes share; nothing where there is none. Opened when it is first asked for. */
	readonly redis: () => SharedRedis | undefined;
	/** Starts an engine of the process once, however many rooms ask for it. */
	readonly start: (engine: () => { uninstall(): void }) => void;
}

/** What the process says of itself to a probe. */
export interface Health {
	/** Whether the start-up is over. */
	isStarted(): boolean;
	/** Whether the process has begun to shut down. */
	isDraining(): boolean;
	/** Runs the readiness checks, or tells what they said within their time to live. */
	readiness(): Promise<readonly CheckResult[]>;
}

export interface CheckResult {
	readonly name: string;
	readonly status: "ok" | "failed" | "timeout";
	/** A check that is not critical degrades the answer and does not turn it into a 503. */
	readonly isCritical: boolean;
}
