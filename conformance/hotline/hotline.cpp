#include "hotline.hpp"

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "forms.hpp"
#include "http/http.hpp"
#include "show.hpp"

namespace lightkeeper::hotline {

namespace {

using Kind = Fault::Kind;
using SystemClock = std::chrono::system_clock;

http::Response answer(int status, std::string type, std::string_view body) {
  http::Response out;
  out.status = status;
  out.content_type = std::move(type);
  out.body = to_bytes(body);
  return out;
}

http::Response answer(const Reply& reply) {
  // The API speaks through its codes; only authentication and a wrong address are HTTP's own.
  const int status = reply.code == 2000 ? 401 : reply.code == 1210 ? 404 : 200;
  auto out = answer(status, "text/xml; charset=utf-8", xml_of(reply));
  if (status == 401) {
    out.headers["WWW-Authenticate"] = "Basic realm=\"conformance hotline\"";
  }
  return out;
}

Reply refusal(int code, std::string description) {
  Reply out;
  out.code = code;
  out.description = std::move(description);
  return out;
}

std::string base64(BytesView bytes) {
  auto out = to_base64url(bytes);
  for (char& c : out) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

http::Response problem(std::string detail) {
  return http::Response::problem(Error(ErrorCode::bad_argument, "hotline", std::move(detail)));
}

}  // namespace

struct Hotline::Parts {
  explicit Parts(const Options& chosen)
      : options(chosen),
        faults(chosen.seed),
        schema(chosen.schema.empty() ? std::string(placeholder_schema()) : chosen.schema),
        authorization("Basic " + base64(as_bytes(chosen.user + ":" + chosen.password))),
        book([this] { return now(); }, chosen.times) {}

  /// At factor 1 never behind the system's clock: what has just happened is not in the future.
  [[nodiscard]] Seconds now() const {
    const std::chrono::duration<double> since = SystemClock::now() - started;
    const std::chrono::duration<double> before = started.time_since_epoch();
    return advanced + static_cast<Seconds>(before.count() + since.count() * options.clock_factor);
  }
  [[nodiscard]] std::string schema_text() {
    const std::scoped_lock lock(schema_mutex);
    return schema;
  }

  using Act = std::function<http::Response(const http::Request&)>;
  using ReportOf = std::function<std::string(const http::Request&)>;
  /// Authentication, faults and the Request-ID around what an endpoint does.
  http::Handler guarded(std::string endpoint, Act act, ReportOf report_of);
  http::Response played(const std::string& endpoint, const Act& act, const ReportOf& report_of,
                        const http::Request& request);
  http::Response uploaded(const http::Request& request);
  void add_api();
  void add_own();

  Options options;
  Faults faults;
  std::mutex schema_mutex;
  std::string schema;
  std::string authorization;
  SystemClock::time_point started = SystemClock::now();
  std::atomic<Seconds> advanced = 0;
  Book book;
  std::unique_ptr<http::Listener> listener;
};

http::Response Hotline::Parts::played(const std::string& endpoint, const Act& act,
                                      const ReportOf& report_of, const http::Request& request) {
  const auto drawn = faults.draw(endpoint);
  bool wrong_md5 = false;
  for (const auto& fault : drawn) {
    if (fault.kind == Kind::delay) {
      std::this_thread::sleep_for(std::chrono::milliseconds(fault.value));
    } else if (fault.kind == Kind::expire && report_of) {
      book.expire(report_of(request));
    } else if (fault.kind == Kind::wrong_md5) {
      wrong_md5 = true;
    } else if (fault.kind == Kind::drop_before) {
      http::Response out;
      out.unanswered = true;
      return out;
    } else if (fault.kind == Kind::status) {
      return answer(fault.value, "text/plain; charset=utf-8", "a fault was asked for\n");
    } else if (fault.kind == Kind::code) {
      return answer(refusal(fault.value, "a fault was asked for"));
    }
  }
  auto out = act(request);
  for (const auto& fault : drawn) {
    if (fault.kind == Kind::drop_after) {
      out.unanswered = true;
    } else if (fault.kind == Kind::status_after) {
      return answer(fault.value, "text/plain; charset=utf-8", "a fault was asked for\n");
    } else if (fault.kind == Kind::code_after) {
      return answer(refusal(fault.value, "a fault was asked for"));
    } else if (fault.kind == Kind::garbage) {
      return answer(200, "text/html", "<html><p>not what you expected</html>");
    }
  }
  if (wrong_md5) {
    std::string text(as_text(out.body));
    const auto at = text.find("<hash>");
    if (at != std::string::npos) {
      text.replace(at + 6, 32, md5_hex(as_bytes("another file")));
      out.body = to_bytes(text);
    }
  }
  return out;
}

http::Handler Hotline::Parts::guarded(std::string endpoint, Act act, ReportOf report_of) {
  return [this, endpoint = std::move(endpoint), act = std::move(act),
          report_of = std::move(report_of)](const http::Request& request) {
    http::Response out;
    if (!equal_constant_time(as_bytes(request.header("authorization")), as_bytes(authorization))) {
      out = answer(refusal(2000, "Authentication is required"));
    } else {
      out = played(endpoint, act, report_of, request);
    }
    out.headers["Request-ID"] = faults.next_request_id();
    out.headers["Cache-Control"] = "no-store";
    return out;
  };
}

http::Response Hotline::Parts::uploaded(const http::Request& request) {
  const auto parts = read_multipart(request.header("content-type"), request.body);
  if (!parts) {
    return answer(refusal(4200, parts.error().detail));
  }
  const Part* id = nullptr;
  const Part* file = nullptr;
  for (const auto& part : *parts) {
    const Part** kept = part.name == "id" ? &id : part.name == "file" ? &file : nullptr;
    if (kept == nullptr || *kept != nullptr) {
      return answer(refusal(4000, "one field id and one field file are expected"));
    }
    *kept = &part;
  }
  if (id == nullptr || file == nullptr || id->content.size() > 20) {
    return answer(refusal(4000, "one field id and one field file are expected"));
  }
  return answer(book.upload(std::string(as_text(id->content)), file->content, file->file_name,
                            file->content_type));
}

void Hotline::Parts::add_api() {
  const auto xml_only = [](const http::Request& request) {
    const auto type = request.header("content-type");
    return type.starts_with("text/xml") || type.starts_with("application/xml");
  };
  const auto field_id = [](const http::Request& request) {
    return read_field(request.header("content-type"), request.body, "id").value_or("");
  };
  const auto wrong_type = [] { return answer(refusal(4000, "text/xml is expected")); };
  const auto route = [this](const std::string& method, const std::string& name, Act act,
                            ReportOf report_of, std::size_t limit) {
    listener->route(method, options.base + "/" + name,
                    guarded(name, std::move(act), std::move(report_of)), limit);
  };
  route("GET", "status", [](const http::Request&) { return answer(Reply()); }, {}, 0);
  route(
      "GET", "xsd",
      [this](const http::Request&) {
        return answer(200, "text/xml; charset=utf-8", schema_text());
      },
      {}, 0);
  route(
      "POST", "submit",
      [this, xml_only, wrong_type](const http::Request& request) {
        return xml_only(request) ? answer(book.submit(request.body)) : wrong_type();
      },
      {}, kMaxDocument + 1);
  route(
      "POST", "upload", [this](const http::Request& request) { return uploaded(request); },
      field_id, options.max_upload + 64UL * 1024);
  route(
      "POST", "fileinfo",
      [this, xml_only, wrong_type](const http::Request& request) {
        return xml_only(request) ? answer(book.file_info(request.body)) : wrong_type();
      },
      [](const http::Request& request) { return judge_file_details(request.body).report_id; },
      kMaxDocument + 1);
  route(
      "POST", "finish",
      [this, field_id](const http::Request& request) {
        return answer(book.finish(field_id(request)));
      },
      field_id, 0);
  route(
      "POST", "retract",
      [this, field_id](const http::Request& request) {
        return answer(book.retract(field_id(request)));
      },
      field_id, 0);
  const Act nothing = [](const http::Request&) {
    return answer(refusal(1210, "Resource not found"));
  };
  listener->route("GET", options.base + "/{rest*}", guarded("*", nothing, {}));
  listener->route("POST", options.base + "/{rest*}", guarded("*", nothing, {}));
}

void Hotline::Parts::add_own() {
  listener->route("GET", "/", [this](const http::Request&) {
    return answer(200, "text/html; charset=utf-8",
                  page_of(book.reports(), faults.written(), now()));
  });
  listener->route("GET", "/__style.css", [](const http::Request&) {
    return answer(200, "text/css; charset=utf-8", style_sheet());
  });
  listener->route("GET", "/__reports", [this](const http::Request&) {
    return http::Response::json(200, json_of(book.reports(), now()));
  });
  listener->route("DELETE", "/__reports", [this](const http::Request&) {
    book.clear();
    return answer(204, "text/plain", "");
  });
  listener->route("GET", "/__faults", [this](const http::Request&) {
    return http::Response::json(200, nlohmann::json{{"faults", faults.written()}}.dump());
  });
  listener->route("PUT", "/__faults", [this](const http::Request& request) {
    const auto body = nlohmann::json::parse(as_text(request.body), nullptr, false);
    if (!body.is_object() || body.size() != 1 || !body.contains("faults") ||
        !body["faults"].is_array() || body["faults"].size() > kMaxFaults) {
      return problem("{\"faults\": [\"ENDPOINT:KIND[=VALUE][:WHEN]\", ...]} is expected");
    }
    std::vector<Fault> wanted;
    for (const auto& text : body["faults"]) {
      auto fault =
          text.is_string()
              ? read_fault(text.get<std::string>())
              : Result<Fault>(fail(ErrorCode::bad_argument, "hotline.fault", "a fault is a text"));
      if (!fault) {
        return http::Response::problem(fault.error());
      }
      wanted.push_back(*std::move(fault));
    }
    faults.set(std::move(wanted));
    return http::Response::json(200, nlohmann::json{{"faults", faults.written()}}.dump());
  });
  listener->route("POST", "/__clock", [this](const http::Request& request) {
    const auto body = nlohmann::json::parse(as_text(request.body), nullptr, false);
    if (!body.is_object() || body.size() != 1 || !body.contains("advance_seconds") ||
        !body["advance_seconds"].is_number_unsigned() ||
        body["advance_seconds"].get<std::uint64_t>() > 366ULL * 24 * 3600) {
      return problem("{\"advance_seconds\": N} is expected, at most a year");
    }
    advanced += body["advance_seconds"].get<Seconds>();
    return http::Response::json(200, nlohmann::json{{"now", now()}}.dump());
  });
  listener->route(
      "PUT", "/__xsd",
      [this](const http::Request& request) {
        const std::scoped_lock lock(schema_mutex);
        schema = std::string(as_text(request.body));
        return answer(204, "text/plain", "");
      },
      kMaxDocument);
}

Hotline::Hotline(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Hotline::~Hotline() { stop(); }

Result<std::unique_ptr<Hotline>> Hotline::start(const Options& options) {
  if (options.user.contains(':') || !options.base.starts_with('/') || options.clock_factor <= 0) {
    return fail(ErrorCode::bad_argument, "hotline",
                "a user without colon, a base with a slash, a clock that runs");
  }
  auto parts = std::make_unique<Parts>(options);
  http::Listener::Options listening;
  listening.port = options.port;
  listening.workers = 4;
  listening.default_headers = {{"Content-Security-Policy",
                                "default-src 'none'; style-src 'self'; base-uri 'none'; "
                                "form-action 'none'; frame-ancestors 'none'"},
                               {"X-Content-Type-Options", "nosniff"},
                               {"Referrer-Policy", "no-referrer"}};
  parts->listener = std::make_unique<http::Listener>(listening);
  parts->add_api();
  parts->add_own();
  auto out = std::unique_ptr<Hotline>(new Hotline(std::move(parts)));
  LK_CHECK_OK(out->set_faults(options.faults));
  LK_CHECK_OK(out->parts_->listener->start());
  return out;
}

std::uint16_t Hotline::port() const { return parts_->listener->port(); }
std::string Hotline::url() const {
  return "http://127.0.0.1:" + std::to_string(port()) + parts_->options.base;
}
Book& Hotline::book() { return parts_->book; }
void Hotline::advance(Seconds seconds) { parts_->advanced += seconds; }
void Hotline::set_schema(std::string schema) {
  const std::scoped_lock lock(parts_->schema_mutex);
  parts_->schema = std::move(schema);
}
void Hotline::stop() { parts_->listener->stop(); }

Status Hotline::set_faults(const std::vector<std::string>& faults) {
  std::vector<Fault> wanted;
  for (const auto& text : faults) {
    LK_TRY(fault, read_fault(text));
    wanted.push_back(std::move(fault));
  }
  if (wanted.size() > kMaxFaults) {
    return fail(ErrorCode::too_large, "hotline.fault", "too many faults");
  }
  parts_->faults.set(std::move(wanted));
  return {};
}

}  // namespace lightkeeper::hotline
