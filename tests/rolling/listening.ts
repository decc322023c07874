import { setTimeout as pause } from "node:timers/promises";
import { refusal } from "../process/client.ts";

/** Resolves once a port takes connections; for what cannot tell by itself. Ended by the limit of its test. */
export async function answers(port: number): Promise<void> {
	while ((await refusal(port)) !== "connected") await pause(20);
}
