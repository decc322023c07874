import type { Options as CoreOptions } from "@production-ready/core";
import type { FastifyRequest } from "fastify";

/** Core's options, whose callbacks get Fastify's request. */
export type Options = CoreOptions<FastifyRequest>;

/** The options of a room that is not off. */
export type PartOptions<Key extends keyof Options> = Exclude<Options[Key], false | undefined>;
