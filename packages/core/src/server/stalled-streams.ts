/** A stream of HTTP/2, as far as its answer waits in it. */
export interface Stream {
	readonly writableLength: number;
	/** As `setTimeout` was told; absent or 0 for none. */
	readonly timeout?: number | undefined;
	setTimeout(timeoutMs: number): unknown;
	on(event: "timeout", listener: () => void): unknown;
	off(event: "timeout", listener: () => void): unknown;
	close(code: number): void;
}

export interface StalledStreams {
	/** Looks where bytes wait; has to come round several times within the time that they may. */
	look(streams: Iterable<Stream>): void;
}

/**
 * Finds streams whose client takes nothing. What has been taken of a large piece Node knows when the timeout of the stream
 * runs out: so that timeout is set while bytes wait, and at no other time.
 */
export function watchStreams(timeoutMs: number, onStall: (stream: Stream) => void): StalledStreams {
	const watched = new Set<Stream>();

	function onTimeout(this: Stream): void {
		if (this.writableLength > 0) onStall(this);
	}

	function watch(stream: Stream): void {
		watched.add(stream);
		stream.setTimeout(timeoutMs);
		stream.on("timeout", onTimeout);
	}

	function forget(stream: Stream): void {
		watched.delete(stream);
		stream.off("timeout", onTimeout);
		// Not one that the program has set meanwhile.
		if (stream.timeout === timeoutMs) stream.setTimeout(0);
	}

	return {
		look(streams) {
			const others = new Set(watched);
			for (const stream of streams) {
				if (stream.writableLength === 0) continue;
				others.delete(stream);
				// One that the program has set a timeout for is the program's.
				if (!watched.has(stream) && !stream.timeout) watch(stream);
			}
			for (const stream of others) forget(stream);
		},
	};
}
