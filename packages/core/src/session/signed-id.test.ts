import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { readSignedId } from "./signed-id.ts";

const NEW = "a secret of thirty-two characters";
const OLD = "the secret that it was before that";
const signature = (id: string, secret: string): string =>
	createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
const cookie = (id: string, secret = NEW): string =>
	`sid=${encodeURIComponent(`s:${id}.${signature(id, secret)}`)}`;
const read = (header: string | undefined): string | undefined => readSignedId(header, "sid", [NEW, OLD])?.id;

test("the id of a cookie that one of the secrets has signed", () => {
	assert.equal(read(cookie("abc")), "abc");
	assert.equal(read(cookie("abc", OLD)), "abc");
	assert.equal(read(`a=1; ${cookie("abc")}; sid=other`), "abc");
	assert.equal(read(cookie("with.dots")), "with.dots");
	const signedNow = (secret: string) => readSignedId(cookie("abc", secret), "sid", [NEW, OLD])?.signed;
	assert.deepEqual([signedNow(NEW), signedNow(OLD)], [`abc.${signature("abc", NEW)}`, undefined]);
});

test("nothing of one that none has, or that is not there", () => {
	const good = cookie("abc");
	const headers = [
		undefined,
		"",
		"sid",
		"sid=",
		"sid=s:",
		"sid=s:.x",
		"sid=abc",
		"sid=%zz",
		"notsid=1",
		cookie("abc", "a third one, which is not ours at all"),
		good.slice(0, -1),
		`${good}x`,
		good.replace("s%3A", ""),
		`xsid=${good.slice(4)}`,
	];
	for (const header of headers) assert.equal(read(header), undefined, header);
});
