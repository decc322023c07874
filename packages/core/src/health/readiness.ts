import type { CheckResult } from "../exchange/room.ts";

/** A question to a dependency: resolves for yes; throws, rejects or gives `false` for no. */
export type ReadinessCheck = (signal: AbortSignal) => unknown;

export interface ReadinessCheckOptions {
	/** How long an answer may take before it counts as no. */
	timeoutMs?: number;
	/** How long an answer is good for: however many probes come, a dependency is asked once in this time. */
	ttlMs?: number;
	/** `false`: a no is told in the details and the process stays ready. */
	isCritical?: boolean;
}

export const CHECK_DEFAULTS: Readonly<Required<ReadinessCheckOptions>> = Object.freeze({
	timeoutMs: 1_000,
	ttlMs: 1_000,
	isCritical: true,
});

/** The readiness checks of a process. */
export interface Readiness {
	/** Returns the function that takes the check away again. */
	add(name: string, check: ReadinessCheck, options?: ReadinessCheckOptions): () => void;
	results(): Promise<readonly CheckResult[]>;
	/** Lets those go who wait for an answer: it no longer matters. */
	release(): void;
}

interface Entry {
	readonly name: string;
	readonly run: ReadinessCheck;
	readonly options: Required<ReadinessCheckOptions>;
	last: { readonly result: CheckResult; readonly atMs: number } | undefined;
	/** The question that is out: a dependency that hangs is asked once, not once a probe. */
	pending: Promise<CheckResult> | undefined;
	/** The dependency has not yet answered a question that timed out. */
	isBusy: boolean;
}

/** `onChange` hears when a check changes its answer, and once if it begins with a no. */
export function createReadiness(
	onChange: (result: CheckResult, error: unknown) => void,
	nowMs: () => number = () => performance.now(),
): Readiness {
	const entries = new Map<string, Entry>();
	const waiting = new Set<(results: readonly CheckResult[]) => void>();

	async function ask(entry: Entry): Promise<CheckResult> {
		const controller = new AbortController();
		let error: unknown;
		let timer: NodeJS.Timeout | undefined;
		const timeout = new Promise<"timeout">((resolve) => {
			timer = setTimeout(resolve, entry.options.timeoutMs, "timeout");
		});
		entry.isBusy = true;
		const answer = Promise.resolve()
			.then(() => entry.run(controller.signal))
			.then(
				(value): "ok" | "failed" => (value === false ? "failed" : "ok"),
				(thrown): "failed" => {
					error = thrown;
					return "failed";
				},
			)
			.finally(() => {
				entry.isBusy = false;
			});
		const status = await Promise.race([answer, timeout]);
		clearTimeout(timer);
		if (status === "timeout") controller.abort(new Error(`no answer within ${entry.options.timeoutMs} ms`));
		const result: CheckResult = { name: entry.name, status, isCritical: entry.options.isCritical };
		const before = entry.last?.result.status ?? "ok";
		entry.last = { result, atMs: nowMs() };
		if (before !== status) onChange(result, error);
		return result;
	}

	function answerOf(entry: Entry): Promise<CheckResult> | CheckResult {
		if (entry.pending !== undefined) return entry.pending;
		const { last } = entry;
		const isFresh = last !== undefined && nowMs() - last.atMs < entry.options.ttlMs;
		if (last !== undefined && (isFresh || entry.isBusy)) return last.result;
		entry.pending = ask(entry).finally(() => {
			entry.pending = undefined;
		});
		return entry.pending;
	}

	return {
		add(name, run, options = {}) {
			const entry: Entry = {
				name,
				run,
				options: { ...CHECK_DEFAULTS, ...options },
				last: undefined,
				pending: undefined,
				isBusy: false,
			};
			entries.set(name, entry);
			return () => {
				if (entries.get(name) === entry) entries.delete(name);
			};
		},
		results: () =>
			new Promise((resolve) => {
				waiting.add(resolve);
				void Promise.all([...entries.values()].map(answerOf)).then((results) => {
					waiting.delete(resolve);
					resolve(results);
				});
			}),
		release() {
			for (const resolve of waiting) resolve([]);
			waiting.clear();
		},
	};
}
