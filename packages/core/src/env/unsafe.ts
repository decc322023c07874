import type { Fault } from "../errors.ts";
import type { Environment } from "./source.ts";

/** Open a port through which anybody who reaches it runs code. `--inspect-port` alone opens nothing. */
const INSPECTOR_FLAG = /^--inspect(?:-brk|-wait)?(?:=|$)/;

/** Settings of the process that have no place in production; whether it is production the caller knows. */
export function unsafeFaults(environment: Environment, execArgv: readonly string[] = []): Fault[] {
	const faults: Fault[] = [];
	const add = (at: string, problem: string, hint: string): void => {
		faults.push({ code: "ENV_UNSAFE", at, problem, hint });
	};
	if (environment.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
		add(
			"NODE_TLS_REJECT_UNAUTHORIZED",
			"turns the check of every TLS certificate off",
			"unset it; for a private authority set NODE_EXTRA_CA_CERTS",
		);
	}
	const problem = "opens the inspector, which runs any code it is sent";
	// Node takes quoted flags too, and underscores for dashes.
	if (opensInspector((environment.NODE_OPTIONS ?? "").replace(/["\\]/g, "").split(/\s+/))) {
		add("NODE_OPTIONS", problem, "take --inspect out of NODE_OPTIONS");
	}
	if (opensInspector(execArgv)) add("process.execArgv", problem, "start node without --inspect");
	return faults;
}

function opensInspector(flags: readonly string[]): boolean {
	return flags.some((flag) => INSPECTOR_FLAG.test(flag.replaceAll("_", "-")));
}
