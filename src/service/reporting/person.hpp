// CyberTipline report model: people and how to reach them.
//
// Source of all elements, their order and their values: the public description of NCMEC's
// CyberTipline reporting schema as of 10 November 2025. The headers of this model state each
// element in the order that the schema demands; a field that is not set is not written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"

namespace lightkeeper::reporting {

/// A day of the Gregorian calendar, without a time zone.
struct Date {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  auto operator<=>(const Date&) const = default;
};

enum class AddressType : std::uint8_t { home, business, billing, shipping, technical };
struct Address {
  std::optional<AddressType> type;  // attribute
  std::optional<std::string> address, city, zip_code;
  std::optional<std::string> state;          // code of a state of the USA
  std::optional<std::string> non_usa_state;  // free text
  std::optional<std::string> country;        // ISO 3166, two capital letters
};

enum class EmailType : std::uint8_t { home, work, business, recovery };
struct Email {
  std::string address;
  std::optional<EmailType> type;
  std::optional<bool> verified;
  std::optional<UnixMillis> verified_at;  // attribute verificationDate
};

enum class PhoneType : std::uint8_t { mobile, home, business, work, fax, internet, recovery };
struct Phone {
  std::string number;
  std::optional<PhoneType> type;
  std::optional<bool> verified;
  std::optional<UnixMillis> verified_at;
  std::optional<std::string> country_calling_code;  // "+" and one to three digits
  std::optional<std::string> extension;
};

struct ContactPerson {
  std::optional<std::string> first_name, last_name;
  std::vector<Phone> phones;
  std::vector<Email> emails;
  std::vector<Address> addresses;
};

struct Person {
  ContactPerson contact;
  std::optional<std::uint32_t> age;
  std::optional<Date> date_of_birth;
};

}  // namespace lightkeeper::reporting
