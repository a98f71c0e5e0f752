import { homedir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readConfig, TOOLSETS } from "../../src/config.ts";
import { AppError } from "../../src/errors.ts";
import { clientAddress } from "../../src/server/client-address.ts";

const refusal = (env: Record<string, string>): AppError => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("it was not refused");
};

describe("the settings", () => {
  it("need nothing: the built-in voices are used, with folders of this user", () => {
    const config = readConfig({});
    expect(config).toMatchObject({ backend: "embedded", logLevel: "warn", voiceFallback: "none", toolsets: TOOLSETS });
    expect(path.isAbsolute(config.dataDir)).toBe(true);
    expect(config.outputDir.startsWith(homedir())).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("take an empty string and spaces for unset", () => {
    const empty = Object.fromEntries(
      [
        "AITTSM_API_KEY",
        "AITTSM_BASE_URL",
        "AITTSM_BACKEND",
        "AITTSM_DATA_DIR",
        "AITTSM_TOOLSETS",
        "AITTSM_LOG_LEVEL",
      ].map((name, i) => [name, i % 2 ? "" : "  "]),
    );
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it("use the hosted service when there is a key, under its new name or its old one", () => {
    for (const name of ["AITTSM_API_KEY", "AITTS_API_KEY"]) {
      expect(readConfig({ [name]: "tts_x" })).toMatchObject({
        backend: "remote",
        apiKey: "tts_x",
        baseUrl: "https://aitts.theproductivepixel.com",
      });
    }
    expect(readConfig({ AITTSM_API_KEY: "tts_x", AITTSM_BACKEND: "embedded" }).backend).toBe("embedded");
  });

  it.each([
    ["https://tts.example.com", "https://tts.example.com"],
    ["https://tts.example.com/", "https://tts.example.com"],
    ["https://tts.example.com/api/v1", "https://tts.example.com"],
    ["https://tts.example.com/speech/api/v1/", "https://tts.example.com/speech"],
    ["http://localhost:8080", "http://localhost:8080"],
    ["http://127.0.0.1:8080/api/v1", "http://127.0.0.1:8080"],
  ])("read the base URL %s as %s", (given, read) => {
    expect(readConfig({ AITTSM_BASE_URL: given }).baseUrl).toBe(read);
    expect(readConfig({ AITTS_API_URL: given }).baseUrl).toBe(read);
  });

  it.each([
    ["AITTSM_BACKEND", "banana", /auto, remote, embedded/],
    ["AITTSM_BACKEND", "remote", /AITTSM_API_KEY/],
    ["AITTSM_BASE_URL", "http://tts.example.com", /https/],
    ["AITTSM_BASE_URL", "ftp://tts.example.com", /https/],
    ["AITTSM_BASE_URL", "not a url", /https/],
    ["AITTSM_BASE_URL", "https://user:secret@tts.example.com", /without user/],
    ["AITTSM_DATA_DIR", "relative/path", /absolute path/],
    ["AITTSM_OUTPUT_DIR", "./out", /absolute path/],
    ["AITTSM_TOOLSETS", "generation,nonsense", /generation, jobs/],
    ["AITTSM_LOG_LEVEL", "loud", /debug/],
    ["AITTSM_VOICE_FALLBACK", "maybe", /nearest/],
    ["AITTSM_WEBHOOK_ALLOWED_HOSTS", "https://hooks.intranet/x", /hosts such as/],
    ["AITTSM_WEBHOOK_ALLOWED_HOSTS", "hooks.intranet,user@other", /hosts such as/],
    ["AITTSM_WEBHOOK_ALLOWED_HOSTS", "hooks.intranet:99999", /hosts such as/],
    ["AITTSM_WEBHOOK_ALLOWED_HOSTS", "10.0.0.0/8", /hosts such as/],
    ["AITTSM_WEBHOOK_ALLOWED_HOSTS", "*", /hosts such as/],
    ["AITTSM_TRUSTED_PROXIES", "proxy.example.com", /"proxy\.example\.com"; it takes addresses/],
    ["AITTSM_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.0/33", /"10\.0\.0\.0\/33"/],
    ["AITTSM_TRUSTED_PROXIES", "2001:db8::/129", /"2001:db8::\/129"/],
    ["AITTSM_TRUSTED_PROXIES", "0.0.0.0/0", /"0\.0\.0\.0\/0"/],
    ["AITTSM_TRUSTED_PROXIES", "::/0", /"::\/0"/],
    ["AITTSM_TRUSTED_PROXIES", "10.0.0.0/8/8", /"10\.0\.0\.0\/8\/8"/],
    ["AITTSM_TRUSTED_PROXIES", "10.0.0.0/", /"10\.0\.0\.0\/"/],
    ["AITTSM_TRUSTED_PROXIES", "10.0.0.0/255.0.0.0", /10\.0\.0\.0\/8/],
    ["AITTSM_TRUSTED_PROXIES", "*", /loopback, linklocal, uniquelocal/],
    ["AITTSM_API_KEY", "tts_with\nnewline", /characters/],
  ])("refuse %s=%s, and say what would work", (name, value, words) => {
    const error = refusal({ [name]: value });
    expect(error.code).toBe("CONFIG_INVALID");
    expect(`${error.message} ${error.hint}`).toMatch(words);
    expect(error.details).toHaveProperty("setting");
  });

  it("never quote a secret", () => {
    for (const error of [
      refusal({ AITTSM_API_KEY: "tts_secret\u0001" }),
      refusal({ AITTSM_BASE_URL: "https://user:tts_secret@tts.example.com" }),
    ]) {
      expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain("tts_secret");
    }
  });

  it("read ~ and lists", () => {
    expect(readConfig({ AITTSM_OUTPUT_DIR: "~/speech" }).outputDir).toBe(path.join(homedir(), "speech"));
    expect(readConfig({ AITTSM_TOOLSETS: "jobs, generation" }).toolsets).toEqual(["generation", "jobs"]);
    expect(readConfig({ AITTSM_TOOLSETS: "all" }).toolsets).toEqual(TOOLSETS);
    expect(readConfig({ AITTSM_WEBHOOK_HOSTS: "a.example, b.example" }).webhookHosts).toEqual([
      "a.example",
      "b.example",
    ]);
    expect(
      readConfig({ AITTSM_WEBHOOK_ALLOWED_HOSTS: "Hooks.Intranet, 127.1:8080,[0:0::1]:80, 0x7f.1" })
        .webhookAllowedHosts,
    ).toEqual(["hooks.intranet", "127.0.0.1:8080", "[::1]:80", "127.0.0.1"]);
  });

  it("take a mirror of models over https, or on this machine", () => {
    const read = (AITTSM_MODEL_BASE_URL: string) => readConfig({ AITTSM_MODEL_BASE_URL }).modelBaseUrl;
    expect(readConfig({}).modelBaseUrl).toBeUndefined();
    expect(read("https://mirror.example/models/api/v1/")).toBe("https://mirror.example/models/api/v1");
    expect(read("http://127.0.0.1:8000")).toBe("http://127.0.0.1:8000");
    for (const refused of ["http://mirror.example/models", "ftp://mirror.example", "/srv/models"]) {
      expect(refusal({ AITTSM_MODEL_BASE_URL: refused })).toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringContaining("https"),
      });
    }
  });

  it("trust no proxy unless one is named", () => {
    expect(readConfig({}).trustedProxies).toEqual([]);
    const named = ["10.0.0.1", "10.0.0.0/8", "0.0.0.0/1", "::1", "2001:db8::/32", "::ffff:10.0.0.0/104", "fe80::/128"];
    const all = [...named, "loopback", "linklocal", "uniquelocal"];
    const { trustedProxies } = readConfig({ AITTSM_TRUSTED_PROXIES: ` ${all.join(" ,")}, ` });
    expect(trustedProxies).toEqual(all);
    // What is taken here works there.
    for (const one of all) expect(() => clientAddress([one])).not.toThrow();
  });

  it("take allowed origins as a browser sends them", () => {
    const AITTSM_ALLOWED_ORIGINS = "https://App.Example.com:443, http://localhost:6274,chrome-extension://abcdef";
    expect(readConfig({ AITTSM_ALLOWED_ORIGINS }).allowedOrigins).toEqual([
      "https://app.example.com",
      "http://localhost:6274",
      "chrome-extension://abcdef",
    ]);
    expect(readConfig({}).allowedOrigins).toEqual([]);
  });

  it.each([
    "*",
    "null",
    "app.example.com",
    "https://",
    "https://a.example/",
    "https://a.example/path",
    "https://u@a.example",
  ])("refuse the allowed origin %s by name", (value) => {
    const error = refusal({ AITTSM_ALLOWED_ORIGINS: `https://good.example,${value}` });
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(`AITTSM_ALLOWED_ORIGINS is "${value}"`);
    expect(error.details).toEqual({ setting: "AITTSM_ALLOWED_ORIGINS" });
  });
});
