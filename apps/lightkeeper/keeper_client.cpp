#include "keeper_client.hpp"

#include <future>
#include <optional>

#include "http_problem.hpp"

namespace lightkeeper::cli {
namespace {

std::string silence_of(std::size_t silent) {
  const std::string_view number = silent == 1 ? "one" : silent == 2 ? "two" : "three";
  return "The check couldn't be finished because " + std::string(number) +
         " of three keepers didn't answer.";
}

}  // namespace

Result<KeeperUrls> keeper_urls(const std::vector<std::string>& given) {
  if (given.size() != match::kKeepers) {
    return fail(ErrorCode::bad_argument, "keepers",
                "three addresses are needed, of keepers 0, 1 and 2");
  }
  KeeperUrls urls;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    urls[i] = given[i];
    while (urls[i].ends_with('/')) {
      urls[i].pop_back();
    }
  }
  return urls;
}

Result<Bytes> call_keeper(const KeeperCall& call) {
  http::ClientRequest request;
  request.method = call.method;
  request.url = call.url;
  request.body = call.body;
  request.timeout = std::chrono::seconds(20);
  request.response_limit = call.response_limit;
  if (!call.body.empty()) {
    request.headers["Content-Type"] = "application/octet-stream";
  }
  auto response = http::exchange(request);
  if (!response) {
    const bool silent = response.error().code == ErrorCode::unavailable ||
                        response.error().code == ErrorCode::timed_out;
    return silent ? fail(ErrorCode::keeper_unreachable, "keeper")
                  : std::unexpected(response.error());
  }
  if (response->status >= 300) {
    return std::unexpected(problem_of(*response, "keeper"));
  }
  return std::move(response->body);
}

Result<std::array<Bytes, match::kKeepers>> call_keepers(
    const std::array<KeeperCall, match::kKeepers>& calls) {
  std::array<std::future<Result<Bytes>>, match::kKeepers> running;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    running[i] = std::async(std::launch::async, [&call = calls[i]] { return call_keeper(call); });
  }
  std::array<Bytes, match::kKeepers> answers;
  std::size_t silent = 0;
  std::optional<Error> other;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto answer = running[i].get();
    if (answer) {
      answers[i] = *std::move(answer);
    } else if (answer.error().code == ErrorCode::keeper_unreachable) {
      ++silent;
    } else {
      other = answer.error();
    }
  }
  // What a keeper says is more exact than the silence that follows from it.
  if (other) {
    return std::unexpected(*other);
  }
  if (silent > 0) {
    return fail(ErrorCode::keeper_unreachable, "keepers", silence_of(silent));
  }
  return answers;
}

}  // namespace lightkeeper::cli
