import { describe, expect, it } from "vitest";
import { operationTerm } from "./operation-term";

describe("a search for an operation", () => {
  it("asks for the name of its spans", () => {
    expect(operationTerm("SELECT orders", "client")).toBe('name:"SELECT orders"');
    expect(operationTerm("publish", null)).toBe("name:publish");
  });

  it("leaves open what stands for an id, and the end of a name that was cut", () => {
    expect(operationTerm("cart {id}", "internal")).toBe("name:cart\\ *");
    expect(operationTerm("process order-{id}:{id}", "consumer")).toBe("name:process\\ order-*\\:*");
    expect(operationTerm("SELECT a, b…", "client")).toBe("name:SELECT\\ a\\,\\ b*");
  });

  it("does not take signs of the name for wildcards", () => {
    expect(operationTerm("a*b {id}", "internal")).toBe("name:a\\*b\\ *");
    expect(operationTerm("what?", "internal")).toBe('name:"what?"');
  });

  it("finds requests that are called by their method only", () => {
    expect(operationTerm("GET /orders", "server")).toBe(
      '(name:"GET /orders" OR (@http.request.method:GET (@http.route:"/orders" OR @url.path:"/orders")))',
    );
    expect(operationTerm("GET /orders/{id}", "server")).toBe(
      "(name:GET\\ /orders/* OR (@http.request.method:GET (@http.route:/orders/* OR @url.path:/orders/*)))",
    );
    expect(operationTerm("GET /orders", "client")).toBe('name:"GET /orders"');
  });
});
