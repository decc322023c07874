import type { Logger } from "@production-ready/core";

export type {} from "express-session";

// The same words as in pino-http's types: a program may import both.
declare module "http" {
	interface IncomingMessage {
		id: string | number | object;
		log: Logger;
	}
}
