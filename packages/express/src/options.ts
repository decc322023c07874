import type { Options as CoreOptions } from "@production-ready/core";
import type { Request } from "express";

/** Core's options, whose callbacks get Express' request. */
export type Options = CoreOptions<Request>;

/** The options of a room that is not off. */
export type PartOptions<Key extends keyof Options> = Exclude<Options[Key], false | undefined>;
