#include "faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/base/bytes.hpp"

namespace lightkeeper::hotline {

namespace {

using Kind = Fault::Kind;

struct KindName {
  std::string_view name;
  Kind kind;
  bool has_value;
};
constexpr std::array kKinds{
    KindName{"drop_before", Kind::drop_before, false},
    KindName{"drop_after", Kind::drop_after, false},
    KindName{"delay", Kind::delay, true},
    KindName{"status", Kind::status, true},
    KindName{"status_after", Kind::status_after, true},
    KindName{"code", Kind::code, true},
    KindName{"code_after", Kind::code_after, true},
    KindName{"wrong_md5", Kind::wrong_md5, false},
    KindName{"expire", Kind::expire, false},
    KindName{"garbage", Kind::garbage, false},
};
constexpr std::array<std::string_view, 8> kEndpoints{"status",   "xsd",    "submit",  "upload",
                                                     "fileinfo", "finish", "retract", "*"};

std::unexpected<Error> bad(const char* what) {
  return fail(ErrorCode::bad_argument, "hotline.fault", what);
}

template <class Number>
bool number(std::string_view text, Number& out) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && stop == end;
}

/// SplitMix64 (Steele, Lea, Flood 2014): good enough to play dice with.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

Result<Fault> read_fault(std::string_view text) {
  Fault out;
  out.written = std::string(text.substr(0, 100));
  const auto first = text.find(':');
  if (first == std::string_view::npos) {
    return bad("ENDPOINT:KIND[=VALUE][:WHEN] is expected");
  }
  out.endpoint = std::string(text.substr(0, first));
  if (std::ranges::find(kEndpoints, out.endpoint) == kEndpoints.end()) {
    return bad("the endpoint is status, xsd, submit, upload, fileinfo, finish, retract or *");
  }
  auto rest = text.substr(first + 1);
  const auto second = rest.find(':');
  const auto when = second == std::string_view::npos ? std::string_view() : rest.substr(second + 1);
  rest = rest.substr(0, second);
  const auto equal = rest.find('=');
  const auto kind = std::ranges::find(kKinds, rest.substr(0, equal), &KindName::name);
  if (kind == kKinds.end()) {
    return bad("this kind of fault is not known");
  }
  out.kind = kind->kind;
  if (kind->has_value != (equal != std::string_view::npos)) {
    return bad(kind->has_value ? "this kind needs =VALUE" : "this kind takes no value");
  }
  if (kind->has_value) {
    const int most = out.kind == Kind::delay ? 600'000 : 9999;
    const bool is_status = out.kind == Kind::status || out.kind == Kind::status_after;
    if (!number(rest.substr(equal + 1), out.value) || out.value < (is_status ? 300 : 0) ||
        out.value > (is_status ? 599 : most)) {
      return bad("the value is out of range");
    }
  }
  if (when.starts_with('x')) {
    std::uint64_t left = 0;
    if (!number(when.substr(1), left)) {
      return bad("xN is expected");
    }
    out.left = left;
  } else if (second != std::string_view::npos &&
             (!number(when, out.rate) || !(out.rate >= 0 && out.rate <= 1))) {
    return bad("the rate is a number from 0 to 1");
  }
  return out;
}

void Faults::set(std::vector<Fault> faults) {
  const std::scoped_lock lock(mutex_);
  faults_ = std::move(faults);
}

std::vector<std::string> Faults::written() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& fault : faults_) {
    out.push_back(fault.written);
  }
  return out;
}

std::uint64_t Faults::next_random() { return mixed(seed_ ^ mixed(++drawn_)); }

std::vector<Fault> Faults::draw(std::string_view endpoint) {
  const std::scoped_lock lock(mutex_);
  std::vector<Fault> out;
  for (auto& fault : faults_) {
    if (fault.endpoint != "*" && fault.endpoint != endpoint) {
      continue;
    }
    if (fault.left) {
      if (*fault.left == 0) {
        continue;
      }
      --*fault.left;
      out.push_back(fault);
    } else if (static_cast<double>(next_random() >> 11) * 0x1p-53 < fault.rate) {
      out.push_back(fault);
    }
  }
  return out;
}

std::string Faults::next_request_id() {
  const std::scoped_lock lock(mutex_);
  const auto value = mixed(~seed_ ^ mixed(++requests_));
  ByteArray<8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<Byte>(value >> (8 * i));
  }
  return to_hex(bytes);
}

}  // namespace lightkeeper::hotline
