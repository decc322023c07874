import { createRuntime, type Runtime } from "./runtime.ts";

// One a process, also where two copies of this package are installed: the first that comes makes it for both.
const kRuntime: unique symbol = Symbol.for("production-ready.runtime.1") as never;
const shared = globalThis as { [kRuntime]?: Runtime | undefined };

/** The runtime of this process; whoever asks first makes it, and nothing is started until it is configured. */
export function currentRuntime(): Runtime {
	shared[kRuntime] ??= createRuntime(() => {
		shared[kRuntime] = undefined;
	});
	return shared[kRuntime];
}
