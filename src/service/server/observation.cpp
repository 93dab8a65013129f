#include "service/server/observation.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

namespace lightkeeper::service {

struct Observation::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>* requests = nullptr;
  prometheus::Family<prometheus::Histogram>* seconds = nullptr;
  struct AskedGauge {
    prometheus::Gauge* gauge;
    std::function<double()> value;
  };
  std::vector<AskedGauge> gauges;
  std::shared_ptr<spdlog::logger> log;
  std::atomic<std::uint64_t> next_request{1};

  void write(spdlog::level::level_enum level, nlohmann::ordered_json line) {
    if (log->should_log(level)) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      line["time_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
      line["level"] = std::string(spdlog::level::to_string_view(level).data());
      log->log(level, line.dump());
    }
  }
};

Observation::Observation(const std::string& log_level) : state_(std::make_unique<State>()) {
  state_->requests = &prometheus::BuildCounter()
                          .Name("lightkeeper_http_requests_total")
                          .Help("Answered requests by route and status")
                          .Register(state_->registry);
  state_->seconds = &prometheus::BuildHistogram()
                         .Name("lightkeeper_http_request_seconds")
                         .Help("Time from the whole request to its answer")
                         .Register(state_->registry);
  state_->log = std::make_shared<spdlog::logger>("service",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  state_->log->set_pattern("%v");
  state_->log->set_level(spdlog::level::from_str(log_level));
  state_->log->flush_on(spdlog::level::info);
}

Observation::~Observation() = default;

http::Handler Observation::observed(std::string method, std::string pattern,
                                    http::Handler handler) {
  auto& seconds =
      state_->seconds->Add({{"method", method}, {"route", pattern}},
                           prometheus::Histogram::BucketBoundaries{0.001, 0.01, 0.1, 1, 10});
  return [this, method = std::move(method), pattern = std::move(pattern),
          handler = std::move(handler), &seconds](const http::Request& request) {
    const auto start = std::chrono::steady_clock::now();
    http::Response response;
    try {
      response = handler(request);
    } catch (const std::exception&) {
      // The text of an exception may hold what was being worked on; the route is enough to find the
      // place.
      response = http::Response::problem(Error(ErrorCode::internal, "service"));
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    seconds.Observe(took.count());
    state_->requests
        ->Add({{"method", method}, {"route", pattern}, {"status", std::to_string(response.status)}})
        .Increment();
    state_->write(response.status >= 500 ? spdlog::level::err : spdlog::level::info,
                  {{"event", "request"},
                   {"request", state_->next_request.fetch_add(1)},
                   {"method", method},
                   {"route", pattern},
                   {"status", response.status},
                   {"ms", static_cast<std::int64_t>(took.count() * 1000)}});
    return response;
  };
}

void Observation::gauge(const std::string& name, const std::string& help,
                        std::function<double()> value) {
  auto& gauge = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add({});
  state_->gauges.push_back({&gauge, std::move(value)});
}

void Observation::note(std::string_view event) {
  state_->write(spdlog::level::info, {{"event", event}});
}

void Observation::note(std::string_view event, const Error& error) {
  state_->write(spdlog::level::err, {{"event", event},
                                     {"code", describe(error.code).name},
                                     {"where", error.where},
                                     {"detail", error.detail}});
}

std::string Observation::metrics() {
  for (const auto& asked : state_->gauges) {
    asked.gauge->Set(asked.value());
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, state_->registry.Collect());
  return out.str();
}

}  // namespace lightkeeper::service
