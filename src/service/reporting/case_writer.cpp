// Writes case files.
#include <nlohmann/json.hpp>

#include "service/reporting/case_fields.hpp"

namespace lightkeeper::reporting {

namespace {

using nlohmann::ordered_json;

class ObjectWriter {
 public:
  template <class T>
  void need(std::string_view name, T& value, const Rule& rule, std::string_view /*words*/) {
    object[std::string(name)] = write(value, rule);
  }
  template <class T>
  void may(std::string_view name, T& value, const Rule& rule, std::string_view /*words*/) {
    if (!is_nothing(value)) {
      object[std::string(name)] = write(value, rule);
    }
  }
  ordered_json object = ordered_json::object();

 private:
  template <class T>
  static bool is_nothing(const std::optional<T>& value) {
    return !value.has_value();
  }
  template <class T>
  static bool is_nothing(const std::vector<T>& value) {
    return value.empty();
  }
  static bool is_nothing(const std::string& value) { return value.empty(); }
  static bool is_nothing(const Elsewhere& value) { return value.nowhere(); }
  template <class T>
  static bool is_nothing(const T& /*value*/) {
    return false;
  }

  template <class T>
  static ordered_json write(std::optional<T>& value, const Rule& rule) {
    return write(*value, rule);
  }
  template <class T>
  static ordered_json write(std::vector<T>& value, const Rule& rule) {
    ordered_json out = ordered_json::array();
    for (auto& one : value) {
      out.push_back(write(one, rule));
    }
    return out;
  }
  template <class E>
  static ordered_json write(std::set<E>& value, const Rule& /*rule*/) {
    ordered_json out = ordered_json::array();
    for (const auto one : value) {
      out.push_back(json_name(one));
    }
    return out;
  }
  template <Described T>
  static ordered_json write(T& value, const Rule& /*rule*/) {
    ObjectWriter writer;
    describe(writer, value);
    return std::move(writer.object);
  }
  template <class T>
  static ordered_json write(Fact<T>& value, const Rule& rule) {
    ObjectWriter writer;
    describe_fact(writer, value, rule);
    return std::move(writer.object);
  }
  static ordered_json write(const std::string& value, const Rule& /*rule*/) { return value; }
  static ordered_json write(bool& value, const Rule& /*rule*/) { return value; }
  template <std::unsigned_integral N>
    requires(!std::same_as<N, bool>)
  static ordered_json write(N& value, const Rule& /*rule*/) {
    return value;
  }
  static ordered_json write(double& value, const Rule& /*rule*/) { return value; }
  static ordered_json write(UnixMillis& value, const Rule& /*rule*/) { return value.value; }
  template <class E>
    requires std::is_enum_v<E>
  static ordered_json write(E& value, const Rule& /*rule*/) {
    return json_name(value);
  }
  static ordered_json write(Date& value, const Rule& /*rule*/) { return date_text(value); }
  template <class Tag>
  static ordered_json write(Id<Tag>& value, const Rule& /*rule*/) {
    return value.hex();
  }
  template <std::size_t N>
    requires(N <= 32)
  static ordered_json write(ByteArray<N>& value, const Rule& /*rule*/) {
    return to_hex(value);
  }
  static ordered_json write(crypto::VerifyingKey& value, const Rule& /*rule*/) {
    return to_base64url(value.bytes);
  }
  static ordered_json write(crypto::Signature& value, const Rule& /*rule*/) {
    return to_base64url(value);
  }
};

}  // namespace

Bytes encode_case_file(const CaseFile& file) {
  ObjectWriter writer;
  writer.object["format"] = kCaseFormat;
  CaseFile copy = file;  // the description takes what a reader could change
  describe(writer, copy);
  const std::string text =
      writer.object.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  return to_bytes(text);
}

}  // namespace lightkeeper::reporting
