use super::*;
use proptest::prelude::*;

/// A stack trace as it is sent, with the frame that it is about and how many frames are in-app.
struct Sample {
    language: &'static str,
    stack: &'static str,
    top: &'static str,
    in_app: usize,
    frames: usize,
}

const SAMPLES: &[Sample] = &[
    Sample {
        language: "java with causes, proxies, lambdas and something suppressed",
        stack: "org.springframework.web.util.NestedServletException: Request processing failed\n\
            \tat org.springframework.web.servlet.FrameworkServlet.doPost(FrameworkServlet.java:909)\n\
            \tat com.shop.order.OrderController$$EnhancerBySpringCGLIB$$3fa2c1.place(<generated>)\n\
            \tat java.base/java.lang.Thread.run(Thread.java:829)\n\
            \tSuppressed: java.io.IOException: stream closed\n\
            \t\tat com.shop.order.Streams.close(Streams.java:7)\n\
            Caused by: com.shop.order.PaymentException: payment 5032 failed\n\
            \tat com.shop.order.OrderService.pay(OrderService.java:88)\n\
            \t... 42 common frames omitted\n\
            Caused by: java.net.SocketTimeoutException: Read timed out\n\
            \tat java.base/java.net.SocketInputStream.read(SocketInputStream.java:168) ~[?:?]\n\
            \tat com.shop.order.PaymentClient$$Lambda$812/0x0000000800e4.call(Unknown Source)\n\
            \tat app//com.shop.order.PaymentClient.lambda$authorise$3(PaymentClient.java:51)\n\
            \t... 44 more",
        top: "com.shop.order.PaymentClient.call",
        in_app: 4,
        frames: 8,
    },
    Sample {
        language: "kotlin",
        stack: "java.lang.IllegalStateException: 재고가 부족합니다\n\
            \tat kotlinx.coroutines.internal.ScopeCoroutine.afterCompletion(Scopes.kt:33)\n\
            \tat kr.shop.stock.StockService$reserve$2.invokeSuspend(StockService.kt:42)\n\
            \tat kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33)",
        top: "kr.shop.stock.StockService$reserve.invokeSuspend",
        in_app: 1,
        frames: 3,
    },
    Sample {
        language: "python with the cause that it was raised from",
        stack: "Traceback (most recent call last):\n\
            \x20 File \"/usr/lib/python3.12/urllib/request.py\", line 1344, in do_open\n\
            \x20   h.request(req.get_method(), req.selector)\n\
            \x20 File \"/srv/releases/20261121/shop/payments.py\", line 31, in charge\n\
            \x20   raise ConnectionError(\"no route\")\n\
            ConnectionError: no route\n\
            \n\
            The above exception was the direct cause of the following exception:\n\
            \n\
            Traceback (most recent call last):\n\
            \x20 File \"/app/.venv/lib/python3.12/site-packages/starlette/routing.py\", line 76, in app\n\
            \x20   response = await f(request)\n\
            \x20              ^^^^^^^^^^^^^^^^\n\
            \x20 File \"/srv/releases/20261121/shop/orders.py\", line 12, in place\n\
            \x20   charge(order)\n\
            shop.errors.PaymentError: order 5032",
        top: "charge (shop/payments.py)",
        in_app: 2,
        frames: 4,
    },
    Sample {
        language: "python whose handler failed",
        stack: "Traceback (most recent call last):\n\
            \x20 File \"/app/cart.py\", line 9, in read\n\
            KeyError: 'cart'\n\
            \n\
            During handling of the above exception, another exception occurred:\n\
            \n\
            Traceback (most recent call last):\n\
            \x20 File \"/app/main.py\", line 3, in <module>\n\
            \x20 File \"/app/fallback.py\", line 21, in recover\n\
            ValueError: bad",
        top: "recover (app/fallback.py)",
        in_app: 3,
        frames: 3,
    },
    Sample {
        language: "python with a group of exceptions",
        stack: "  + Exception Group Traceback (most recent call last):\n\
            \x20 |   File \"/app/jobs.py\", line 5, in run_all\n\
            \x20 | ExceptionGroup: 2 failed (2 sub-exceptions)\n",
        top: "run_all (app/jobs.py)",
        in_app: 1,
        frames: 1,
    },
    Sample {
        language: "node.js",
        stack: "TypeError: Cannot read properties of undefined (reading 'price')\n\
            \x20   at Array.map (<anonymous>)\n\
            \x20   at /app/node_modules/express/lib/router/layer.js:95:5\n\
            \x20   at async OrderService.total [as sum] (/app/src/order.service.ts:42:17)\n\
            \x20   at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
        top: "OrderService.total (src/order.service.ts)",
        in_app: 1,
        frames: 4,
    },
    Sample {
        language: "node.js with a cause",
        stack: "Error: could not load the cart\n\
            \x20   at loadCart (file:///app/dist/cart.js:10:11)\n\
            \x20   at Object.<anonymous> (file:///app/dist/main.js:3:1) {\n\
            \x20 [cause]: Error: connect ECONNREFUSED 10.0.0.7:6379\n\
            \x20     at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)\n\
            \x20     at new RedisStore (file:///app/dist/redis.js:7:9)\n\
            }",
        top: "new RedisStore (dist/redis.js)",
        in_app: 3,
        frames: 4,
    },
    Sample {
        language: "chrome with hashed bundles",
        stack: "TypeError: t is not a function\n\
            \x20   at https://shop.example/assets/index-BZ3k9x0a.js:1:99\n\
            \x20   at Cart.render (https://shop.example/static/js/main.3f2a9c1b.js?v=7:2:18)",
        top: "assets/index-*.js",
        in_app: 2,
        frames: 2,
    },
    Sample {
        language: "firefox and safari",
        stack: "checkout@https://shop.example/static/js/main.3f2a9c1b.js:1:2345\n\
            @https://shop.example/static/js/main.3f2a9c1b.js:1:99\n\
            dispatch@[native code]",
        top: "checkout (js/main.*.js)",
        in_app: 2,
        frames: 2,
    },
    Sample {
        language: "go with a panic that was recovered",
        stack: "goroutine 34 [running]:\n\
            runtime/debug.Stack()\n\
            \t/usr/local/go/src/runtime/debug/stack.go:24 +0x5e\n\
            shop.example/order/middleware.Recover.func1.1()\n\
            \t/src/order/middleware/recover.go:21 +0x45\n\
            panic({0x6a0f80?, 0xc0000a4018?})\n\
            \t/usr/local/go/src/runtime/panic.go:914 +0x21f\n\
            github.com/jackc/pgx/v5.(*Conn).Query(0x0)\n\
            \t/go/pkg/mod/github.com/jackc/pgx/v5@v5.5.0/conn.go:700 +0x2a\n\
            shop.example/order.(*Service).place.func2({0x1, 0x2})\n\
            \t/src/order/service.go:88 +0x1d\n\
            main.Map[...](0x1)\n\
            \t/src/main.go:7 +0x1\n\
            created by net/http.(*Server).Serve in goroutine 1\n\
            \t/usr/local/go/src/net/http/server.go:3285 +0x4b4\n\
            \n\
            goroutine 1 [IO wait]:\n\
            main.main()\n\
            \t/src/main.go:12 +0x1d",
        top: "shop.example/order.(*Service).place.func",
        in_app: 3,
        frames: 7,
    },
    Sample {
        language: "go without paths of the builder",
        stack: "net/http.(*Client).do\n\
            \tnet/http/client.go:12\n\
            fmt.Println\n\
            \tfmt/print.go:3\n\
            github.com/x/y.Do\n\
            \tgithub.com/x/y@v1.2.3/do.go:1\n\
            shop/cart.Load\n\
            \tshop/cart/load.go:7",
        top: "shop/cart.Load",
        in_app: 1,
        frames: 4,
    },
    Sample {
        language: "ruby with a cause",
        stack: "app/models/order.rb:12:in `block (2 levels) in place': no stock (RuntimeError)\n\
            \tfrom /usr/local/bundle/gems/activerecord-7.1.2/lib/active_record.rb:9:in `transaction'\n\
            \tfrom app/controllers/orders_controller.rb:5:in `create'\n\
            app/models/stock.rb:3:in `fetch': key not found: 5032 (KeyError)\n\
            \tfrom app/models/order.rb:11:in `place'",
        top: "fetch (models/stock.rb)",
        in_app: 4,
        frames: 5,
    },
    Sample {
        language: "ruby 3.4",
        stack: "/usr/lib/ruby/3.4.0/net/http.rb:1:in 'Net::HTTP#connect': refused (Errno::ECONNREFUSED)\n\
            \tfrom /app/lib/shop/pay.rb:8:in 'Shop::Pay#call'",
        top: "Shop::Pay#call (shop/pay.rb)",
        in_app: 1,
        frames: 2,
    },
    Sample {
        language: "php with a previous exception",
        stack: "PDOException: SQLSTATE[HY000] in /app/vendor/laravel/framework/Connection.php:70\n\
            Stack trace:\n\
            #0 /app/src/Repository.php(33): Illuminate\\Database\\Connection->select('select 1')\n\
            #1 [internal function]: App\\Repository->find(5032)\n\
            #2 {main}\n\
            \n\
            Next App\\OrderFailed: order in /app/src/Orders.php:12\n\
            Stack trace:\n\
            #0 /app/public/index.php(5): App\\Orders->place(Object(App\\Cart))\n\
            #1 {main}",
        top: "App\\Repository->find (src/Repository.php)",
        in_app: 3,
        frames: 5,
    },
    Sample {
        language: "php closures",
        stack: "Exception: x in /app/src/Mail.php:4\n\
            Stack trace:\n\
            #0 /app/src/Queue.php(9): App\\Mail->App\\{closure:App\\Mail::send():3}()\n\
            #1 {main}",
        top: "App\\Mail->App\\{closure} (src/Mail.php)",
        in_app: 2,
        frames: 2,
    },
    Sample {
        language: ".net with an inner exception",
        stack: "Shop.OrderException: order 5032 failed\n\
            \x20---> System.TimeoutException: The operation has timed out.\n\
            \x20  at System.Net.Http.HttpClient.SendAsync(HttpRequestMessage request)\n\
            \x20  at Shop.Payments.Client.<ChargeAsync>d__12.MoveNext() in /src/Client.cs:line 88\n\
            --- End of stack trace from previous location ---\n\
            \x20  --- End of inner exception stack trace ---\n\
            \x20  at Shop.Orders.<>c__DisplayClass3_0.<Place>b__0(Order order) in /src/Orders.cs:line 12\n\
            \x20  at Microsoft.AspNetCore.Mvc.Controller.Invoke()",
        top: "Shop.Payments.Client.ChargeAsync",
        in_app: 2,
        frames: 4,
    },
    Sample {
        language: ".net in korean",
        stack: "System.InvalidOperationException: 시퀀스에 요소가 없습니다.\n\
            \x20  위치: System.Linq.Enumerable.First[TSource](IEnumerable`1 source)\n\
            \x20  위치: Shop.Cart`1.Total(String id) 파일 C:\\src\\Cart.cs:줄 12",
        top: "Shop.Cart.Total",
        in_app: 1,
        frames: 2,
    },
    Sample {
        language: "rust",
        stack: "thread 'main' panicked at src/orders.rs:12:5:\nno stock\nstack backtrace:\n\
            \x20  0: rust_begin_unwind\n\
            \x20            at /rustc/90b35a623/library/std/src/panicking.rs:665:5\n\
            \x20  1: core::panicking::panic_fmt\n\
            \x20            at /rustc/90b35a623/library/core/src/panicking.rs:74:14\n\
            \x20  2: shop::orders::place::{closure#1}\n\
            \x20            at ./src/orders.rs:12:5\n\
            \x20  3: tokio::runtime::task::core::Core<T,S>::poll\n\
            \x20            at /usr/local/cargo/registry/src/index/tokio-1.40.0/src/core.rs:331:17",
        top: "shop::orders::place::{{closure}}",
        in_app: 1,
        frames: 4,
    },
    Sample {
        language: "rust without debug information, with causes",
        stack: "could not place\n\nCaused by:\n    0: io::Error refused\n\nStack backtrace:\n\
            \x20  0: anyhow::error::<impl anyhow::Error>::msg\n\
            \x20  1:     0x55d0c8a1 - <shop::orders::Orders as shop::Place>::place::h0123456789abcdef\n\
            \x20  2: main",
        top: "<shop::orders::Orders as shop::Place>::place",
        in_app: 1,
        frames: 3,
    },
    Sample {
        language: "places without functions",
        stack: "order::TrackingMissing: order 5032 is not tracked\n\
            \x20   at demo/src/services/order/routes.rs:133:23\n\
            \x20   at demo/src/services/order/routes.rs:96:20",
        top: "order/routes.rs",
        in_app: 2,
        frames: 2,
    },
];

#[test]
fn the_frame_that_an_error_comes_from_is_found_in_every_language() {
    for sample in SAMPLES {
        let stack = Stack::parse(sample.stack);
        let told: Vec<_> = stack.frames.iter().map(|frame| (&frame.text, frame.in_app)).collect();
        assert_eq!(top_frame(sample.stack).as_deref(), Some(sample.top), "{}", sample.language);
        assert_eq!(stack.frames.len(), sample.frames, "{}: {told:#?}", sample.language);
        let in_app = stack.frames.iter().filter(|frame| frame.in_app).count();
        assert_eq!(in_app, sample.in_app, "{}: {told:#?}", sample.language);
    }
}

/// The stack with every line number and column one higher, and none of its other numbers.
fn one_line_further(stack: &str) -> String {
    let mut out = String::new();
    let mut rest = stack;
    while let Some(first) = rest.chars().next() {
        let digits = names::digits(rest);
        let is_line = [":", "(", "line ", "줄 "].iter().any(|mark| out.ends_with(mark))
            && rest[digits..].chars().next().is_none_or(|next| ":), \n".contains(next));
        match rest[..digits].parse::<u64>() {
            Ok(line) if is_line => out.push_str(&(line + 1).to_string()),
            _ => out.push_str(&rest[..digits.max(first.len_utf8())]),
        }
        rest = &rest[digits.max(first.len_utf8())..];
    }
    out
}

#[test]
fn line_numbers_are_no_part_of_a_frame() {
    for sample in SAMPLES {
        let moved = one_line_further(sample.stack);
        let has_lines = !sample.language.contains("without debug information");
        assert_eq!(moved != sample.stack, has_lines, "{}", sample.language);
        assert_eq!(top_frame(&moved).as_deref(), Some(sample.top), "{}\n{moved}", sample.language);
    }
}

#[test]
fn windows_line_ends_do_not_matter() {
    for sample in SAMPLES {
        let stack = sample.stack.replace('\n', "\r\n");
        assert_eq!(top_frame(&stack).as_deref(), Some(sample.top), "{}", sample.language);
    }
}

#[test]
fn a_text_that_is_no_stack_has_no_frame() {
    for text in
        ["", "boom", "at", "at the end (of the day)", "#1 in the list", "File \"x\"", "12: no"]
    {
        assert_eq!(top_frame(text), None, "{text}");
    }
}

#[test]
fn a_library_frame_is_better_than_none() {
    let stack = "x\n\tat java.lang.A.a(A.java:1)\nCaused by: y\n\tat java.lang.B.b(B.java:1)";
    assert_eq!(top_frame(stack).as_deref(), Some("java.lang.B.b"));
}

#[test]
fn a_stack_without_end_is_read_at_its_beginning_and_its_end() {
    let line = "\tat java.util.Deep.down(Deep.java:1)\n";
    let mut stack = format!("com.shop.Boom: x\n{}", line.repeat(100_000));
    stack.push_str("Caused by: com.shop.Root: y\n\tat com.shop.Root.cause(Root.java:7)\n");
    let began = std::time::Instant::now();
    let read = Stack::parse(&stack);
    assert!(read.frames.len() <= STACK_FRAMES_MAX);
    for piece in
        ["at a.b(", "File \"", "#0 ", "\n#0 (", "goroutine 1", ":in `", "1: a::", "$$$1", "@://:1"]
    {
        Stack::parse(&piece.repeat(STACK_BYTES_MAX));
        Stack::parse(&format!("{piece}\n").repeat(STACK_BYTES_MAX));
    }
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(at |File \"|#[0-9] |[0-9]+: |goroutine |\t|\n|[ -~가-힣:@(){}$<>./]{0,6}){0,60}") {
        let stack = Stack::parse(&text);
        prop_assert!(stack.top().is_none() || !stack.frames.is_empty());
    }
}
