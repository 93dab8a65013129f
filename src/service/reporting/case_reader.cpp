// Reads case files: strict, within limits, and every refusal says where and why.
#include <nlohmann/json.hpp>
#include <set>

#include "service/reporting/case_fields.hpp"
#include "service/reporting/text_shape.hpp"

namespace lightkeeper::reporting {

namespace {

using nlohmann::json;

constexpr std::string_view kWhere = "case_file";
constexpr std::size_t kMaxValues = 200'000;  // bounds the memory that small values can take

// The first fault wins; everything after it only passes through.
struct Outcome {
  std::optional<std::string> fault;
  void refuse(const std::string& pointer, const std::string& rule) {
    if (!fault) {
      fault = "at " + (pointer.empty() ? "the top" : pointer) + ": " + rule;
    }
  }
};

class ObjectReader {
 public:
  ObjectReader(const json& object, std::string pointer, Outcome& outcome)
      : object_(object), pointer_(std::move(pointer)), outcome_(outcome) {
    if (!object_.is_object()) {
      outcome_.refuse(pointer_, "an object is expected");
    }
  }

  template <class T>
  void need(std::string_view name, T& value, const Rule& rule, std::string_view /*words*/) {
    if (const json* found = find(name)) {
      read(*found, child(name), value, rule);
    } else if (object_.is_object()) {
      outcome_.refuse(child(name), "has to be there");
    }
  }
  template <class T>
  void may(std::string_view name, T& value, const Rule& rule, std::string_view /*words*/) {
    if (const json* found = find(name)) {
      read(*found, child(name), value, rule);
    }
  }
  void finish() {
    if (object_.is_object() && known_ != object_.size()) {
      outcome_.refuse(pointer_, "has a field that this format does not know");
    }
  }

 private:
  [[nodiscard]] std::string child(std::string_view name) const {
    return pointer_ + "/" + std::string(name);
  }
  // Null counts as missing; the field is known all the same.
  const json* find(std::string_view name) {
    if (!object_.is_object()) {
      return nullptr;
    }
    const auto found = object_.find(name);
    if (found == object_.end()) {
      return nullptr;
    }
    ++known_;
    return found->is_null() ? nullptr : &*found;
  }

  template <class T>
  void read(const json& from, const std::string& at, std::optional<T>& value, const Rule& rule) {
    value.emplace();
    read(from, at, *value, rule);
  }
  template <class T>
  void read(const json& from, const std::string& at, std::vector<T>& value, const Rule& rule) {
    if (!from.is_array() || from.size() > rule.items) {
      outcome_.refuse(at, "a list of at most " + std::to_string(rule.items));
      return;
    }
    value.resize(from.size());
    for (std::size_t i = 0; i < from.size() && !outcome_.fault; ++i) {
      read(from[i], at + "/" + std::to_string(i), value[i], rule);
    }
  }
  template <class E>
  void read(const json& from, const std::string& at, std::set<E>& value, const Rule& rule) {
    std::vector<E> items;
    read(from, at, items, rule);
    value.insert(items.begin(), items.end());
    if (value.size() != items.size()) {
      outcome_.refuse(at, "nothing twice");
    }
  }
  template <Described T>
  void read(const json& from, const std::string& at, T& value, const Rule& /*rule*/) {
    ObjectReader reader(from, at, outcome_);
    describe(reader, value);
    reader.finish();
  }
  template <class T>
  void read(const json& from, const std::string& at, Fact<T>& value, const Rule& rule) {
    ObjectReader reader(from, at, outcome_);
    describe_fact(reader, value, rule);
    reader.finish();
  }
  void read(const json& from, const std::string& at, std::string& value, const Rule& rule) {
    if (!from.is_string()) {
      outcome_.refuse(at, "text is expected");
      return;
    }
    value = from.get<std::string>();
    if (value.size() < rule.least || value.size() > rule.most) {
      outcome_.refuse(at, "text of " + std::to_string(rule.least) + " to " +
                              std::to_string(rule.most) + " bytes");
      return;
    }
    switch (rule.shape) {
      case Shape::free:
        return;
      case Shape::id:
        return check(is_id(value), at, "letters, digits, '-', '_', ':' and '.' only");
      case Shape::country:
        return check(is_country(value), at, "two capital letters");
      case Shape::url:
        return check(is_url(value), at, "an address with a scheme and without white space");
      case Shape::calling_code:
        return check(is_calling_code(value), at, "'+' and one to three digits");
    }
  }
  void read(const json& from, const std::string& at, bool& value, const Rule& /*rule*/) {
    check(from.is_boolean(), at, "true or false");
    value = from.is_boolean() && from.get<bool>();
  }
  template <std::unsigned_integral N>
    requires(!std::same_as<N, bool>)
  void read(const json& from, const std::string& at, N& value, const Rule& rule) {
    const auto number =
        from.is_number_unsigned() ? std::optional(from.get<std::uint64_t>()) : std::nullopt;
    if (!number || *number < rule.least || *number > rule.most) {
      outcome_.refuse(at, "a whole number from " + std::to_string(rule.least) + " to " +
                              std::to_string(rule.most));
      return;
    }
    value = static_cast<N>(*number);
  }
  void read(const json& from, const std::string& at, double& value, const Rule& rule) {
    const auto most = static_cast<double>(rule.most);
    value = from.is_number() ? from.get<double>() : most + 1;
    if (!(value >= -most && value <= most)) {  // also what is no number at all
      outcome_.refuse(
          at, "a number from -" + std::to_string(rule.most) + " to " + std::to_string(rule.most));
    }
  }
  void read(const json& from, const std::string& at, UnixMillis& value, const Rule& /*rule*/) {
    read(from, at, value.value, Rule{0, kLastTime.value});
  }
  template <class E>
    requires std::is_enum_v<E>
  void read(const json& from, const std::string& at, E& value, const Rule& /*rule*/) {
    const auto found =
        from.is_string() ? from_json_name<E>(from.get_ref<const std::string&>()) : std::nullopt;
    if (!found) {
      std::string rule = "one of";
      for (const auto name : Names<E>::json) {
        rule += " " + std::string(name);
      }
      outcome_.refuse(at, rule);
      return;
    }
    value = *found;
  }
  void read(const json& from, const std::string& at, Date& value, const Rule& /*rule*/) {
    const auto date =
        from.is_string() ? date_from_text(from.get_ref<const std::string&>()) : std::nullopt;
    check(date.has_value(), at, "a day as YYYY-MM-DD");
    value = date.value_or(Date{});
  }
  template <class Tag>
  void read(const json& from, const std::string& at, Id<Tag>& value, const Rule& /*rule*/) {
    read_hex(from, at, value.value);
  }
  // Hashes are hexadecimal ...
  template <std::size_t N>
    requires(N <= 32)
  void read(const json& from, const std::string& at, ByteArray<N>& value, const Rule& /*rule*/) {
    read_hex(from, at, value);
  }
  // ... keys and signatures are base64url.
  void read(const json& from, const std::string& at, crypto::VerifyingKey& value,
            const Rule& /*rule*/) {
    read_base64(from, at, value.bytes);
  }
  void read(const json& from, const std::string& at, crypto::Signature& value,
            const Rule& /*rule*/) {
    read_base64(from, at, value);
  }
  template <std::size_t N>
  void read_hex(const json& from, const std::string& at, ByteArray<N>& value) {
    if (from.is_string() && from.get_ref<const std::string&>().size() == 2 * N) {
      if (const auto bytes = from_hex(from.get_ref<const std::string&>())) {
        std::copy(bytes->begin(), bytes->end(), value.begin());
        return;
      }
    }
    outcome_.refuse(at, std::to_string(2 * N) + " hexadecimal digits");
  }
  template <std::size_t N>
  void read_base64(const json& from, const std::string& at, ByteArray<N>& value) {
    if (from.is_string() && from.get_ref<const std::string&>().size() <= 2 * N) {
      const auto bytes = from_base64url(from.get_ref<const std::string&>());
      if (bytes && bytes->size() == N) {
        std::copy(bytes->begin(), bytes->end(), value.begin());
        return;
      }
    }
    outcome_.refuse(at, std::to_string(N) + " bytes as base64url without padding");
  }
  void check(bool holds, const std::string& at, const char* rule) {
    if (!holds) {
      outcome_.refuse(at, rule);
    }
  }

  const json& object_;
  std::string pointer_;
  Outcome& outcome_;
  std::size_t known_ = 0;
};

// Rules that look at more than one field.
void check_whole(const CaseFile& file, Outcome& outcome) {
  std::set<std::uint32_t> items;
  const auto at = [](const char* list, std::size_t i, const char* field) {
    return "/" + std::string(list) + "/" + std::to_string(i) + "/" + field;
  };
  for (std::size_t i = 0; i < file.files.size(); ++i) {
    const auto& one = file.files[i];
    if (!items.insert(one.item).second) {
      outcome.refuse(at("files", i, "item"), "no item twice");
    }
    if ((one.evidence == FileClass::not_verified) == one.why.empty()) {
      outcome.refuse(at("files", i, "why"),
                     "the reason why not, for class not_verified and only there");
    }
  }
  for (std::size_t i = 0; i < file.messages.size(); ++i) {
    const auto& one = file.messages[i];
    if ((one.evidence == MessageClass::not_verified) == one.why.empty()) {
      outcome.refuse(at("messages", i, "why"),
                     "the reason why not, for class not_verified and only there");
    }
    if ((one.type == MessageType::edit) != one.edits.has_value()) {
      outcome.refuse(at("messages", i, "edits"), "for type edit and only there");
    }
    for (const auto item : one.items) {
      if (!items.contains(item)) {
        outcome.refuse(at("messages", i, "items"), "items of the list of files only");
      }
    }
  }
  for (std::size_t i = 0; i < file.vouchers.size(); ++i) {
    if (file.vouchers[i].item && !items.contains(*file.vouchers[i].item)) {
      outcome.refuse(at("vouchers", i, "item"), "an item of the list of files");
    }
  }
  for (std::size_t i = 0; i < file.gaps.size(); ++i) {
    if (file.gaps[i].last < file.gaps[i].first) {
      outcome.refuse(at("gaps", i, "last"), "not before first");
    }
  }
  for (std::size_t i = 0; i < file.holds.size(); ++i) {
    if (file.holds[i].until <= file.holds[i].placed) {
      outcome.refuse(at("holds", i, "until_ms"), "after placed_ms");
    }
  }
  const auto& reporter = file.accounts.reporter;
  if (reporter && !reporter->may_be_contacted && (reporter->email || reporter->phone)) {
    outcome.refuse("/accounts/reporter", "contact details only of a person who agreed");
  }
  const auto check_ips = [&](const std::vector<CaseAccount>& accounts, const char* role) {
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      for (std::size_t k = 0; k < accounts[i].ip_events.size(); ++k) {
        if (!is_ip(accounts[i].ip_events[k].value.ip_address)) {
          outcome.refuse("/accounts/" + std::string(role) + "/" + std::to_string(i) +
                             "/ip_events/" + std::to_string(k) + "/ip",
                         "an IPv4 or IPv6 address");
        }
      }
    }
  };
  check_ips(file.accounts.reported, "reported");
  check_ips(file.accounts.intended_recipients, "intended_recipients");
  check_ips(file.accounts.victims, "victims");
  for (std::size_t i = 0; i < file.files.size(); ++i) {
    if (file.files[i].ip_event && !is_ip(file.files[i].ip_event->value.ip_address)) {
      outcome.refuse(at("files", i, "ip_event/ip"), "an IPv4 or IPv6 address");
    }
  }
  const auto& peers = file.incident.elsewhere.peer_to_peer;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    for (std::size_t k = 0; k < peers[i].ip_events.size(); ++k) {
      if (!is_ip(peers[i].ip_events[k].ip_address)) {
        outcome.refuse("/incident/elsewhere/peer_to_peer/" + std::to_string(i) + "/ip_events/" +
                           std::to_string(k) + "/ip",
                       "an IPv4 or IPv6 address");
      }
    }
  }
  if (file.law_enforcement && file.law_enforcement->international_country &&
      !file.law_enforcement->served_legal_process_international) {
    outcome.refuse("/law_enforcement/international_country", "only with served_international");
  }
}

}  // namespace

Result<CaseFile> parse_case_file(BytesView bytes) {
  if (bytes.size() > kMaxCaseFile) {
    return fail(ErrorCode::case_file_invalid, kWhere,
                "larger than " + std::to_string(kMaxCaseFile) + " bytes");
  }
  bool too_deep = false;
  bool doubled = false;
  std::size_t values = 0;
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      too_deep = too_deep || depth >= static_cast<int>(kMaxCaseDepth);
      if (event == Event::object_start) {
        names.emplace_back();
      }
    } else if (event == Event::object_end) {
      names.pop_back();
    } else if (event == Event::key) {
      doubled = doubled || !names.back().insert(value.get<std::string>()).second;
    } else if (event == Event::value) {
      ++values;
    }
    return !too_deep && values <= kMaxValues;  // what is too much is dropped while reading
  };
  const json document = json::parse(bytes.begin(), bytes.end(), watch, false);
  if (too_deep || values > kMaxValues) {
    return fail(ErrorCode::case_file_invalid, kWhere,
                too_deep ? "nested too deeply" : "too many values");
  }
  if (doubled) {
    return fail(ErrorCode::case_file_invalid, kWhere, "a field is there twice");
  }
  if (document.is_discarded()) {
    return fail(ErrorCode::case_file_invalid, kWhere, "this is not well-formed JSON");
  }
  Outcome outcome;
  CaseFile file;
  {
    struct Format {
      std::string name;
    } format;
    ObjectReader reader(document, "", outcome);
    reader.need("format", format.name, text(1, 40), "");
    if (!outcome.fault && format.name != kCaseFormat) {
      return fail(ErrorCode::unsupported_version, kWhere,
                  "at /format: " + std::string(kCaseFormat) + " is expected");
    }
    describe(reader, file);
    reader.finish();
  }
  if (!outcome.fault) {
    check_whole(file, outcome);
  }
  if (outcome.fault) {
    return fail(ErrorCode::case_file_invalid, kWhere, *std::move(outcome.fault));
  }
  return file;
}

}  // namespace lightkeeper::reporting
